// What each connection of the manifest carried, and how long a message took from its sender to its receiver.

/**
 * @typedef {{ p50: number, p99: number, max: number }} Latency in milliseconds
 *
 * @typedef {object} ConnectionFacts
 * @property {string} from
 * @property {string} to
 * @property {number} messages
 * @property {Latency | null} latency null: not measured, as inside the service, where a message only changes hands
 */

/**
 * One row per connection of the manifest, in its order.
 * @param {{ connections: { from: string, to: string }[] }} manifest
 * @param {import('@remotemedia/contract').wire.ExecutionMetrics | null} metrics what the service says at the end of a stream
 * @returns {ConnectionFacts[]}
 */
export function connectionsOf(manifest, metrics) {
  return manifest.connections.map(({ from, to }) => {
    const { inputs = [] } = JSON.parse(metrics?.nodeMetrics.get(to)?.customMetrics || '{}');
    const input = inputs.find((/** @type {{ from: string }} */ each) => each.from === from);
    return { from, to, messages: input?.received ?? 0, latency: input?.latency_ms ?? null };
  });
}
