// What the hot path must keep to, as ratios of medians of one run: the machine's own speed cancels out.

/** @typedef {import('./hop.mjs').Row} Row */
/** @typedef {{ goal: string, limit: number, value: number, met: boolean }} Verdict */

const BIG = 6_220_800;
const HOPS = ['Python → Python', 'Node → Python', 'Python → Node'];

/** @param {Row[]} rows @returns {Verdict[]} */
export function verdicts(rows) {
  /** @param {string} means @param {number} size */
  const paced = (means, size) =>
    rows.find((row) => row.mode === 'paced' && row.means === means && row.size === size)?.figures.p50Us ?? Number.NaN;
  /** @param {string} goal @param {number} value @param {number} limit @returns {Verdict} */
  const verdict = (goal, value, limit) => ({ goal, limit, value, met: value <= limit });
  return HOPS.flatMap((hop) => [
    verdict(`${hop}, 4 KiB: times the bare wake-up`, paced(hop, 4096) / paced('bare wake-up', 4096), 2),
    verdict(`${hop}, 4 KiB: times Pipe`, paced(hop, 4096) / paced('Pipe', 4096), 2),
    ...[192 * 1024, 1024 * 1024, BIG].map((size) =>
      verdict(`${hop}, ${size} bytes: times Pipe`, paced(hop, size) / paced('Pipe', size), 1),
    ),
    verdict(
      `${hop}, 6.2 MB: part of the 4 KiB hop + 3 × memcpy`,
      paced(hop, BIG) / (paced(hop, 4096) + 3 * paced('memcpy', BIG)),
      1,
    ),
  ]);
}
