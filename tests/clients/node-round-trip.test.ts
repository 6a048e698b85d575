import { fileURLToPath } from 'node:url';
import {
  connect,
  jsonToValue,
  loadSync,
  type PipelineStream,
  type RemoteMediaClient,
  type RuntimeData,
  type StreamEvent,
  textFromString,
} from '@remotemedia/client';
import { decodeRequest, manifestOfRequest, parseManifest, wire } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NODES, leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { fingerprint, outline } from '../promises/data/fingerprint.js';
import { MESSAGE_SETS, type MessageSet, messageAt } from '../promises/data/messages.js';
import { Random } from '../promises/data/random.js';
import { inCamelCase, randomManifest, randomParams } from './random-manifest.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NODE_TYPES = ['PassThrough', 'EchoNode'];

let running: TestService;
let client: RemoteMediaClient;

beforeAll(async () => {
  running = await startTestService({
    multiprocess: { python: { extra_paths: [FIXTURE_NODES, here('nodes')] } },
    native: { modules: [here('nodes/tell-params.ts')] },
  });
  client = connect(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

const one = (node: object): object => ({ version: 'v1', nodes: [{ id: 'node', ...node }], connections: [] });
const hashOf = (data: RuntimeData): string => fingerprint({ sequence: 0, timestampUs: 0, data });
const outlineOf = (data: RuntimeData): string => outline({ sequence: 0, timestampUs: 0, data });

/** So many messages out of a set, spread over all of it. */
function sample(set: MessageSet, count: number): RuntimeData[] {
  const stride = Math.floor(MESSAGE_SETS[set] / count) | 1;
  return Array.from({ length: count }, (_, index) => messageAt(set, (index * stride) % MESSAGE_SETS[set]).data);
}

/** What came out of a stream into which all of this was sent, in order, with everything it said on the way. */
async function carry(stream: PipelineStream, messages: readonly RuntimeData[]): Promise<RuntimeData[]> {
  const sending = (async () => {
    for (const data of messages) await stream.send({ nodeId: 'node', data });
    await stream.flush();
    stream.close();
  })();
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  await sending;
  expect(events.at(-1)).toMatchObject({ type: 'closed' });
  return events.flatMap((event) => (event.type === 'result' ? [event.data] : []));
}

describe.each(NODE_TYPES)('buffers of every kind through %s', (nodeType) => {
  const manifest = one({ node_type: nodeType });

  it.each([
    ['empty', 500],
    ['small', 1500],
    ['large', 13],
  ] as const)('on a stream, %s: %i', async (set, count) => {
    // A composite goes in and has no form to come out; the next test takes one apart.
    const messages = sample(set, count).filter(({ kind }) => kind !== 'composite');
    const kinds = new Set(messages.map(({ kind }) => kind));
    if (set !== 'large') expect(kinds.size).toBe(9);
    const results = await carry(client.stream(manifest), messages);
    expect(results).toHaveLength(messages.length);
    for (const [index, data] of results.entries()) {
      const sent = messages[index];
      if (sent === undefined || hashOf(data) === hashOf(sent)) continue;
      throw new Error(`message ${index} is ${outlineOf(data)} and was ${outlineOf(sent)}`);
    }
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('in calls of one each', async () => {
    const messages = sample('small', 27).filter(({ kind }) => kind !== 'composite');
    const ids = messages.map((_, index) => `node-${index}`);
    // All in one manifest for native nodes; a process each for as many Python nodes would only take time.
    const width = nodeType === 'PassThrough' ? ids.length : 8;
    const nodes = ids.slice(0, width).map((id) => ({ id, node_type: nodeType }));
    const inputs = Object.fromEntries(
      nodes.map(({ id }, index) => [id, messages[index] ?? messageAt('small', 1).data]),
    );
    const { dataOutputs, outputs, status } = await client.execute({ version: 'v1', nodes }, inputs);
    expect(status).toBe('SUCCESS');
    expect(outputs).toHaveLength(width);
    for (const [id, sent] of Object.entries(inputs)) {
      const data = dataOutputs.get(id);
      expect(data === undefined ? null : hashOf(data)).toBe(hashOf(sent));
    }
  });
});

it('the parts of composites arrive under their names, in order, bit for bit', async () => {
  const composites = sample('small', 400).filter((data) => data.kind === 'composite' && data.buffers.size > 0);
  const results = await carry(client.stream(one({ node_type: 'TakeApartNode' })), composites);
  const sent = composites.flatMap((data) => (data.kind === 'composite' ? [[...data.buffers]] : []));
  expect(sent.length).toBeGreaterThan(20);
  let at = 0;
  for (const parts of sent) {
    const names = results[at];
    expect(names?.kind === 'json' && jsonToValue(names)).toEqual(parts.map(([name]) => name));
    const got = results.slice(at + 1, at + 1 + parts.length).map(hashOf);
    expect(got).toEqual(parts.map(([, data]) => hashOf(data)));
    at += 1 + parts.length;
  }
  expect(results).toHaveLength(at);
});

describe('params', () => {
  /** What one node of this type was given, for each of these params. */
  async function told(nodeType: string, all: readonly object[]): Promise<unknown[]> {
    const nodes = all.map((params, index) => ({ id: `n${index}`, node_type: nodeType, params }));
    const inputs = Object.fromEntries(nodes.map(({ id }) => [id, textFromString('tell')]));
    const { dataOutputs } = await client.execute({ version: 'v1', nodes }, inputs);
    return all.map((_, index) => {
      const data = dataOutputs.get(`n${index}`);
      if (data?.kind !== 'json') throw new Error(`n${index} has told nothing`);
      return jsonToValue(data);
    });
  }
  const paramsOf = (seed: number, count: number): object[] =>
    Array.from({ length: count }, (_, index) => randomParams(new Random(seed, index)));

  it('reach native nodes as they were', async () => {
    for (let seed = 0; seed < 4; seed += 1) {
      const params = paramsOf(seed, 50);
      expect(
        JSON.stringify(
          await told(
            'TellParamsNative',
            params.map((all) => ({ all })),
          ),
        ),
      ).toBe(JSON.stringify(params));
    }
  });

  it('reach Python nodes as they were', async () => {
    for (let seed = 0; seed < 3; seed += 1) {
      const params = paramsOf(100 + seed, 8);
      expect(JSON.stringify(await told('TellParamsNode', params))).toBe(JSON.stringify(params));
    }
  });
});

describe('manifests through loadSync', () => {
  it.each([{}, { keepCase: true }])('with %o mean what they mean in a file, in both spellings', (options) => {
    const service = loadSync('remotemedia.proto', options)['remotemedia.v1.PipelineExecutionService'];
    if (service === undefined || !('ExecutePipeline' in service)) throw new Error('no such service');
    const { ExecutePipeline: method } = service as Record<string, { requestSerialize(request: object): Buffer }>;
    for (let seed = 0; seed < 300; seed += 1) {
      const manifest = randomManifest(new Random(seed, 3));
      // As text: `__proto__` is a key like any other there, and not for whoever compares objects.
      const expected = JSON.stringify(parseManifest(manifest));
      expect(expected).toContain('"warnings":[]');
      for (const form of [manifest, inCamelCase(manifest) as object, JSON.stringify(manifest)]) {
        const bytes = method?.requestSerialize({ manifest: form }) ?? new Uint8Array();
        expect(JSON.stringify(manifestOfRequest(decodeRequest(wire.ExecuteRequest, bytes)))).toBe(expected);
      }
    }
  });
});
