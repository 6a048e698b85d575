// The bench's figures for a person.

/** @typedef {import('./session.mjs').Measured} Measured */

/**
 * @param {{
 *   machine: { cpu: string, cores: number, node: string },
 *   rounds: number,
 *   footprint: import('./footprint.mjs').Footprint,
 *   idle: import('./loop-delay.mjs').Delay,
 *   alone: Measured,
 *   withChildren: Measured,
 *   goals: import('./goals.mjs').Verdict[],
 * }} results
 */
export function printTables({ machine, rounds, footprint, idle, alone, withChildren, goals }) {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; a session of six edges, ${rounds} times`);
  const { files, segments, committedBytes, descriptors, mappings } = footprint;
  console.log(`\nwhile open: ${files} files, ${segments} shared-memory objects, ${Math.round(committedBytes / 1024)} KiB in both`);
  console.log(`            ${descriptors} descriptors and ${mappings} mappings of the service`);
  console.log(`\n${'ms, p50 / p99'.padEnd(26)}${['service alone', 'three children'].map((head) => head.padStart(18)).join('')}`);
  for (const [label, key] of /** @type {const} */ ([
    ['create, with own ports', 'createMs'],
    ['hand out own ports', 'portsMs'],
    ['slowest child opens', 'childrenMs'],
    ['close and remove', 'closeMs'],
    ['all', 'totalMs'],
  ])) {
    row(label, [alone, withChildren].map(({ times }) => pair(times[key]?.p50, times[key]?.p99)));
  }
  console.log(`\n${'event-loop delay, ms, p99 / max'.padEnd(32)}${'idle'.padStart(12)}`);
  row('', [alone, withChildren].map(({ delay }) => pair(delay.p99Ms, delay.maxMs)));
  console.log(`idle: ${pair(idle.p99Ms, idle.maxMs)}`);
  console.log('');
  for (const { goal, value, limit, met } of goals) {
    console.log(`${met ? 'met   ' : 'MISSED'} ${goal}: ${value.toFixed(2)} (at most ${limit})`);
  }
}

/** @param {string} label @param {string[]} cells */
function row(label, cells) {
  console.log(`${label.padEnd(26)}${cells.map((cell) => cell.padStart(18)).join('')}`);
}

/** @param {number | undefined} first @param {number | undefined} second */
function pair(first, second) {
  return first === undefined || second === undefined ? '' : `${first.toFixed(2)} / ${second.toFixed(2)}`;
}
