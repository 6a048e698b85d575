// The bench's figures for a person.

/** @typedef {import('./hop.mjs').Row} Row */

/**
 * @param {Row[]} rows
 * @param {import('./goals.mjs').Verdict[]} goals
 * @param {{ cpu: string, cores: number, node: string }} machine
 */
export function printTables(rows, goals, machine) {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; microseconds one way, p50 / p99`);
  const sizes = [...new Set(rows.map(({ size }) => size))];
  for (const mode of /** @type {const} */ (['paced', 'saturated'])) {
    console.log(`\n${mode.padEnd(16)}${sizes.map((size) => bytes(size).padStart(18)).join('')}`);
    for (const means of new Set(rows.filter((row) => row.mode === mode).map((row) => row.means))) {
      const cells = sizes.map((size) => {
        const figures = rows.find((row) => row.mode === mode && row.means === means && row.size === size)?.figures;
        return figures === undefined ? '' : `${round(figures.p50Us)} / ${round(figures.p99Us)}`;
      });
      console.log(`${means.padEnd(16)}${cells.map((cell) => cell.padStart(18)).join('')}`);
      if (mode === 'saturated' && means !== 'memcpy') {
        const rates = sizes.map((size) => {
          const row = rows.find((r) => r.mode === mode && r.means === means && r.size === size);
          return row?.figures.messagesPerSecond == null ? '' : `${Math.round(row.figures.messagesPerSecond)}/s`;
        });
        console.log(`${''.padEnd(16)}${rates.map((cell) => cell.padStart(18)).join('')}`);
      }
    }
  }
  console.log('');
  for (const { goal, value, limit, met } of goals) {
    console.log(`${met ? 'met   ' : 'MISSED'} ${goal}: ${value.toFixed(2)} (at most ${limit})`);
  }
}

/** @param {number} value */
const round = (value) => (value < 100 ? value.toFixed(1) : String(Math.round(value)));

/** @param {number} size */
function bytes(size) {
  if (size >= 2_000_000) return `${(size / 1e6).toFixed(1)} MB`;
  return size >= 1024 ? `${size / 1024} KiB` : `${size} B`;
}
