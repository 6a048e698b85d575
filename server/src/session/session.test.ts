import { type JsonData, parseManifest, RemoteMediaError, resolveConfig } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineNode, type NodeInstance } from '../nodes/node.js';
import { NodeRegistry } from '../nodes/registry.js';
import { ServiceEvents } from '../observe/events.js';
import { createLogger } from '../observe/logger.js';
import { Metrics } from '../observe/metrics.js';
import { Catalog } from './catalog.js';
import { Pipelines } from './pipelines.js';
import { END } from './ports.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';

const json = (value: unknown): JsonData => ({
  kind: 'json',
  jsonPayload: JSON.stringify(value),
  schemaType: '',
  metadata: {},
});
const frame = (sequence: number) => ({ sequence, timestampUs: 0, data: json(sequence) });

/** A service that has these native nodes and nothing else. */
function service(nodes: Record<string, () => NodeInstance | Promise<NodeInstance>>) {
  const registry = new NodeRegistry();
  for (const [type, create] of Object.entries(nodes)) {
    registry.register(
      defineNode({ type, description: 'Test.', params: z.object({}), inputs: 'any', outputs: 'any', create }),
    );
  }
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', format: 'text', writer: { write: (text) => lines.push(text) } });
  const sessions = new Sessions({ maxSessions: null, maxProcesses: null });
  const host = {
    catalog: new Catalog(registry, [], { problem: null, moduleErrors: [] }),
    channel: null,
    findGaps: () => Promise.resolve([]),
    pythonFor: () => Promise.reject(new Error('no Python here')),
    log,
    metrics: new Metrics(),
    events: new ServiceEvents(log),
  };
  const configOf = () => resolveConfig({ toml: { multiprocess: { cleanup_grace_period_secs: 0.05 } } });
  const pipelines = new Pipelines({ host, sessions, configOf });
  const open = (): Session => {
    const ids = Object.keys(nodes);
    const manifest = parseManifest({
      version: 'v1',
      nodes: ids.map((id) => ({ id, node_type: id })),
      connections: ids.slice(1).map((id, index) => ({ from: ids[index], to: id })),
    });
    return pipelines.open({ manifest, inputs: ids.slice(0, 1), results: 'copy' });
  };
  return { open, sessions, lines, metrics: host.metrics };
}

const echo = (): NodeInstance => ({ process: (data) => data });

async function resultsOf(session: Session): Promise<number[]> {
  const sequences: number[] = [];
  for (;;) {
    const got = session.results.tryReceive();
    if (got === END) return sequences;
    if (got !== null) sequences.push(got.sequence);
    else await session.results.ready();
  }
}

describe('a session', () => {
  it('goes its way from initializing to terminated, and nothing of it is left', async () => {
    const { open, sessions, metrics } = service({ a: echo, b: echo });
    const session = open();
    const states = [session.state];
    await session.start();
    states.push(session.state);
    await session.send('a', frame(1));
    states.push(session.state);
    session.endInput();
    expect(await resultsOf(session)).toEqual([1]);
    await session.flushed;
    states.push(session.state);
    await session.done;
    states.push(session.state);
    expect(states).toEqual(['initializing', 'ready', 'executing', 'terminating', 'terminated']);
    expect(session.report.nodes).toMatchObject([{ itemsIn: 1, itemsOut: 1 }, { itemsIn: 1 }]);
    expect(session.report.connections).toMatchObject([{ sent: 1, received: 1 }, { sent: 1 }, { received: 1 }]);
    expect(sessions.running).toEqual([]);
    expect(metrics.connectionsOf(session.id)).toEqual([]);
  });

  it('fails its start with the first failure, and closes the nodes that were made', async () => {
    let closed = 0;
    const { open } = service({
      good: () => ({
        close: () => {
          closed += 1;
        },
      }),
      bad: () => Promise.reject(new RangeError('no such voice')),
    });
    const session = open();
    await expect(session.start()).rejects.toMatchObject({ code: 'node.failed', nodeId: 'bad' });
    await session.done;
    expect(session.state).toBe('error');
    expect(closed).toBe(1);
  });

  it('does not wait for a node that never comes to be, and closes it when it does', async () => {
    let make: (node: NodeInstance) => void = () => undefined;
    const { open } = service({ slow: () => new Promise<NodeInstance>((resolve) => (make = resolve)) });
    const session = open();
    const starting = session.start();
    session.cancel(new RemoteMediaError('session.cancelled', 'gone'));
    await expect(starting).rejects.toMatchObject({ code: 'session.cancelled' });
    await session.done;
    const closed = new Promise<void>((resolve) => make({ close: () => resolve() }));
    await closed;
  });

  it('ends with the first failure; later ones are marked as caused by it', async () => {
    const { open, lines } = service({
      a: () => ({
        process: () => {
          throw new Error('first');
        },
      }),
    });
    const session = open();
    await session.start();
    await session.send('a', frame(1));
    await expect(session.results.ready()).rejects.toMatchObject({ code: 'node.failed', message: /first/ });
    session.fail(new RemoteMediaError('process.crashed', 'second', { nodeId: 'b' }));
    await session.done;
    expect(session.cause).toMatchObject({ code: 'node.failed', details: { logId: expect.any(String) } });
    const log = lines.join('');
    expect(log).toMatch(/\[ERROR\] Session sess_\w+: Error \w+: \[node\.failed\] Node 'a' failed: Error: first/);
    expect(log).toMatch(/\[process\.crashed\] second \(caused by \[node\.failed\]\)/);
  });

  it('rejects what waits for room when it is cancelled', async () => {
    const { open } = service({ stuck: () => ({ process: () => new Promise(() => undefined) }) });
    const session = open();
    await session.start();
    let waiting: Promise<void> | undefined;
    for (let sequence = 1; waiting === undefined; sequence += 1) waiting = session.send('stuck', frame(sequence));
    session.cancel(new RemoteMediaError('session.cancelled', 'enough'));
    await expect(waiting).rejects.toMatchObject({ code: 'session.cancelled' });
    await session.done;
    expect(session.cause?.code).toBe('session.cancelled');
  });

  it('leaves a node behind that does not come back from its own code', async () => {
    let enter: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const process = (): Promise<never> => {
      enter();
      return new Promise(() => undefined);
    };
    const { open, lines } = service({ stuck: () => ({ process }) });
    const session = open();
    await session.start();
    await session.send('stuck', frame(1));
    await entered;
    session.cancel(new RemoteMediaError('session.cancelled', 'enough'));
    await session.done;
    expect(lines.join('')).toContain('did not end within its grace period and is left behind');
  });

  it('waits a moment for the failure behind a broken connection', async () => {
    const { open } = service({ a: echo });
    const session = open();
    await session.start();
    session.fail(new RemoteMediaError('internal', 'edge 0 reached 0 receivers', { nodeId: 'a' }));
    expect(session.state).toBe('ready');
    session.fail(new RemoteMediaError('process.crashed', 'died', { nodeId: 'b' }));
    await session.done;
    expect(session.cause).toMatchObject({ code: 'process.crashed', nodeId: 'b' });
  });

  it('calls a failure that nobody foresaw internal, and logs it under the id that the client gets', async () => {
    const { open, lines } = service({ a: echo });
    const session = open();
    await session.start();
    session.fail(new TypeError('undefined is not a function'));
    await session.done;
    const { code, details } = session.cause ?? {};
    expect(code).toBe('internal');
    expect(lines.join('')).toContain(`Internal error ${details?.logId}`);
  });
});
