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
  console.log(
    `\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; a session of six edges, ${rounds} times`,
  );
  const { files, segments, committedBytes, descriptors, mappings } = footprint;
  console.log(
    `\nWhile it is open: ${files} files and ${segments} shared-memory objects with ${kib(committedBytes)} of pages;`,
  );
  console.log(`${descriptors} descriptors and ${mappings} mappings of the service.`);
  row('\nms, p50 / p99', ['service alone', 'three children']);
  for (const [label, key] of /** @type {const} */ ([
    ['create, own ports too', 'createMs'],
    ['hand out own ports', 'portsMs'],
    ['slowest child opens', 'childrenMs'],
    ['close and remove', 'closeMs'],
    ['all', 'totalMs'],
  ])) {
    row(
      label,
      [alone, withChildren].map(({ times }) => pair(times[key]?.p50, times[key]?.p99)),
    );
  }
  // Children that work take the cores from the service's main thread, so only the first column has a goal.
  row('\nms, p99 / max', ['service alone', 'three children', 'idle']);
  row(
    'event loop late by',
    [alone.delay, withChildren.delay, idle].map(({ p99Ms, maxMs }) => pair(p99Ms, maxMs)),
  );
  console.log('');
  for (const { goal, value, limit, met } of goals) {
    console.log(`${met ? 'met   ' : 'MISSED'} ${goal}: ${value.toFixed(2)} (at most ${limit})`);
  }
}

/** @param {string} label @param {string[]} cells */
function row(label, cells) {
  console.log(`${label.padEnd(label.startsWith('\n') ? 27 : 26)}${cells.map((cell) => cell.padStart(18)).join('')}`);
}

/** @param {number | undefined} first @param {number | undefined} second */
function pair(first, second) {
  return first === undefined || second === undefined ? '' : `${first.toFixed(2)} / ${second.toFixed(2)}`;
}

/** @param {number} bytes */
const kib = (bytes) => `${Math.round(bytes / 1024)} KiB`;
