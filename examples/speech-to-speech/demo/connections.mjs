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
 * Collects the latencies that a service measures, before it forgets them with the session. Returns how to get them.
 * @param {import('@remotemedia/server').Service} service
 * @returns {() => import('@remotemedia/server').MetricsSnapshot['connections']}
 */
export function watchLatencies(service) {
  /** @type {import('@remotemedia/server').MetricsSnapshot['connections']} */
  let latest = [];
  service.events.subscribe((event) => {
    if (event.type === 'process.exited') latest = service.metrics.snapshot().connections;
  });
  return () => latest;
}

/**
 * One row per connection of the manifest, in its order.
 * @param {{ connections: { from: string, to: string }[] }} manifest
 * @param {import('@remotemedia/contract').wire.ExecutionMetrics | null} metrics what the service says at the end of a stream
 * @param {ReturnType<ReturnType<typeof watchLatencies>>} measured
 * @returns {ConnectionFacts[]}
 */
export function connectionsOf(manifest, metrics, measured) {
  return manifest.connections.map(({ from, to }) => {
    const { inputs = [] } = JSON.parse(metrics?.nodeMetrics.get(to)?.customMetrics || '{}');
    const input = inputs.find((/** @type {{ from: string }} */ each) => each.from === from);
    const hop = measured.find((each) => each.from === from && each.to === to)?.hopLatency;
    const latency = hop === undefined || hop.count === 0 ? null : { p50: hop.p50Ms, p99: hop.p99Ms, max: hop.maxMs };
    return { from, to, messages: input?.received ?? 0, latency: input?.latency_ms ?? latency };
  });
}
