// What a flood must show.
import { CHAIN, mib } from './flood.mjs';

/** @typedef {import('./flood.mjs').Flood} Flood */
/** @typedef {{ goal: string, value: string, met: boolean }} Verdict */

const MOST_GROWTH_MIB = 64;

/** @param {Flood} flood @returns {Verdict[]} */
export function verdicts(flood) {
  return flood.backpressure ? [...losesNothing(flood), staysSmall(flood)] : countsEveryDrop(flood);
}

/** @param {Flood} flood @returns {Verdict[]} */
function losesNothing({ messages, results, inOrder, taken, missed, broken }) {
  const isWhole = missed === 0 && broken === 0 && taken === messages;
  return [
    { goal: 'all messages arrive, in order', value: `${results} of ${messages}`, met: results === messages && inOrder },
    { goal: 'and whole', value: `${missed} missing, ${broken} damaged`, met: isWhole },
  ];
}

/** @param {Flood} flood @returns {Verdict} */
function staysSmall({ startBytes, mostBytes }) {
  const grown = mib(mostBytes - startBytes);
  const value = `${grown.toFixed(1)} MiB above ${mib(startBytes).toFixed(1)} MiB`;
  return { goal: `memory stays within ${MOST_GROWTH_MIB} MiB of its start`, value, met: grown <= MOST_GROWTH_MIB };
}

/** @param {Flood} flood @returns {Verdict[]} */
function countsEveryDrop({ messages, results, inOrder, taken, broken, connections }) {
  const isExact = connections.every(({ sent, received, dropped }) => sent === received + dropped);
  // Each node of this chain gives one message for each that it takes.
  const isChained = CHAIN.every(
    ([id]) => receivedBy(connections, id) === connections.find(({ from }) => from === id)?.sent,
  );
  const dropped = connections.reduce((sum, connection) => sum + connection.dropped, 0);
  const first = connections.find(({ from, to }) => from === '' && to === 'in');
  const whole = `${results} + ${dropped} of ${messages}`;
  return [
    {
      goal: 'received + dropped = sent, on every connection',
      value: `${connections.length}`,
      met: isExact && isChained,
    },
    {
      goal: 'received + dropped = sent, from end to end',
      value: whole,
      met: results + dropped === messages && first?.sent === messages && dropped > 0,
    },
    { goal: 'the slow node counts the same', value: `${taken}`, met: taken === receivedBy(connections, 'pace') },
    { goal: 'in order and whole', value: `${broken} damaged`, met: inOrder && broken === 0 },
  ];
}

/** @param {import('./flood.mjs').Connection[]} connections @param {string} id */
function receivedBy(connections, id) {
  return connections.filter(({ to }) => to === id).reduce((sum, { received }) => sum + received, 0);
}
