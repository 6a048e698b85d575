import type { Message } from '../../harness/client.js';
import { audioOf, chainOf, manifestOf, textOf } from '../../harness/messages.js';
import type { Draw } from '../draw.js';
import { compare, type Expected, endOf, type Fault, type Finding, outcomeOf, type Stage } from './fault.js';

/** The service of these tests takes messages of so many bytes. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** Four bytes each. Beyond the limit and the thousandth that is allowed for what stands around the data. */
const OVERSIZE_SAMPLES = (MAX_MESSAGE_BYTES / 4) * 1.125;

interface BadRequest {
  readonly name: string;
  readonly code: string;
  readonly status?: number;
  readonly request: (id: string, draw: Draw) => Message;
  /** The whole stream where it is not the request that is bad. */
  readonly stream?: (id: string, draw: Draw) => readonly Message[];
}

const NATIVE = (id: string): Message => ({ manifest: chainOf({ [id]: 'PassThrough' }) });
const chunk = (nodeId: string, sequence: number): Message => ({
  data_chunk: { node_id: nodeId, buffer: audioOf(8), sequence },
});
const init = (id: string): Message => ({ init: NATIVE(id) });

const MANIFESTS: readonly BadRequest[] = [
  bad('unknown node type', 'manifest.unknown_node_type', (id) => ({ manifest: chainOf({ [id]: 'EchoNodle' }) })),
  bad('bad parameter of a native node', 'manifest.bad_params', (id) => ({
    manifest: chainOf({ [id]: ['AudioChunkerNode', { chunk_size: 'many' }] }),
  })),
  bad('bad parameter of a Python node', 'manifest.bad_params', (id) => ({
    manifest: chainOf({ [id]: ['TypedParamsNode', { voice: 'nobody' }] }),
  })),
  bad('cycle', 'manifest.cycle', (id) => ({
    manifest: manifestOf({ [id]: 'EchoNode', other: 'EchoNode' }, [`${id}>other`, `other>${id}`]),
  })),
  bad('id used twice', 'manifest.duplicate_id', (id) => {
    const manifest = manifestOf({ [id]: 'EchoNode' });
    return { manifest: { ...manifest, nodes: [...(manifest['nodes'] as []), ...(manifest['nodes'] as [])] } };
  }),
  bad('connection to nowhere', 'manifest.invalid', (id) => ({
    manifest: manifestOf({ [id]: 'EchoNode' }, [`${id}>nowhere`]),
  })),
  bad('wrong id', 'manifest.invalid', (id) => ({ manifest: chainOf({ [`${id} ü`]: 'EchoNode' }) })),
  bad('no nodes', 'manifest.invalid', () => ({ manifest: manifestOf({}) })),
  bad('kinds that do not fit', 'manifest.type_mismatch', (id) => ({
    manifest: chainOf({ [id]: 'TextToAudioNode', other: 'TextToAudioNode' }),
  })),
  bad('setting out of range', 'manifest.invalid', (id) => ({
    manifest: chainOf({ [id]: 'EchoNode' }, { channel_capacity: 0 }),
  })),
  bad('manifest that is no JSON', 'manifest.invalid', () => ({ manifest_json: '{"version": "v1", ' })),
  bad('manifest in two forms', 'manifest.invalid', (id) => ({ ...NATIVE(id), manifest_json: '{}' })),
  bad('no manifest', 'manifest.invalid', () => ({})),
  bad('too many processes', 'limit.processes', (id) => ({
    manifest: chainOf({ [id]: 'EchoNode', other: 'EchoNode' }, { max_processes_per_session: 1 }),
  })),
  bad('client of another version', 'client.version_mismatch', (id) => ({ ...NATIVE(id), client_version: 'v9' })),
];

const INPUTS: readonly BadRequest[] = [
  bad('input for another node', 'input.invalid', (id) => ({ ...NATIVE(id), data_inputs: { other: audioOf(8) } })),
  bad('input of another kind', 'input.invalid', (id) => ({
    manifest: chainOf({ [id]: 'AudioChunkerNode' }),
    data_inputs: { [id]: textOf('text') },
  })),
  bad('more samples than allowed', 'limit.message_size', (id) => ({
    ...NATIVE(id),
    resource_limits: { max_audio_samples: 10 },
    data_inputs: { [id]: audioOf(11) },
  })),
  bad('message over the limit', 'limit.message_size', (id) => ({
    ...NATIVE(id),
    data_inputs: { [id]: audioOf(OVERSIZE_SAMPLES) },
  })),
  bad('message larger than its connection', 'limit.message_size', (id) => ({
    manifest: chainOf({ [id]: 'EchoNode' }, { shm_segment_size: 100_000 }),
    data_inputs: { [id]: audioOf(50_000) },
  })),
];

const STREAMS: readonly BadRequest[] = [
  stream('chunk before init', 'stream.init_required', (id) => [chunk(id, 1)]),
  stream('init twice', 'stream.init_required', (id) => [init(id), init(id)]),
  stream('empty first message', 'stream.init_required', () => [{}]),
  stream('empty message', 'input.invalid', (id) => [init(id), {}]),
  stream('sequence that falls', 'stream.bad_sequence', (id) => [init(id), chunk(id, 5), chunk(id, 5)]),
  stream('chunk for an unknown node', 'stream.unknown_node', (id) => [init(id), chunk('nobody', 1)]),
  stream('unknown command', 'input.invalid', (id) => [init(id), { control: { command: 77 } }]),
  stream('chunk with nothing in it', 'input.invalid', (id) => [init(id), { data_chunk: { node_id: id, sequence: 1 } }]),
  stream('chunk over the limit', 'limit.message_size', (id) => [
    init(id),
    { data_chunk: { node_id: id, sequence: 1, buffer: audioOf(OVERSIZE_SAMPLES) } },
  ]),
  stream('bad sequence for a Python node', 'stream.bad_sequence', (id) => [
    { init: { manifest: chainOf({ [id]: 'EchoNode' }) } },
    chunk(id, 5),
    chunk(id, 4),
  ]),
];

/** Requests that nobody can serve. */
export const BAD_REQUESTS: readonly Fault[] = [
  fault('bad manifest', 14, MANIFESTS),
  fault('bad input', 6, INPUTS),
  fault('bad stream', 8, STREAMS),
];

function bad(name: string, code: string, request: BadRequest['request']): BadRequest {
  return { name, code, request };
}

function stream(name: string, code: string, messages: (id: string) => readonly Message[]): BadRequest {
  return { name, code, request: () => ({}), stream: messages };
}

function fault(name: string, weight: number, requests: readonly BadRequest[]): Fault {
  return { name, weight, run: (stage) => send(stage, requests) };
}

const STATUSES: Readonly<Record<string, number>> = { manifest: 3, input: 3, stream: 3, limit: 8, client: 9 };

async function send({ draw, client, name }: Stage, requests: readonly BadRequest[]): Promise<Finding> {
  const bad = draw.pick(requests);
  const status = STATUSES[bad.code.split('.')[0] ?? ''] ?? Number.NaN;
  const expected: Expected = { status, codes: [bad.code] };
  const id = `${name}-bad`;
  if (bad.stream === undefined && draw.chance(0.5)) {
    return compare(`${bad.name}, unary`, expected, await outcomeOf(client.execute(bad.request(id, draw))));
  }
  const opened = client.stream().read();
  for (const message of bad.stream?.(id, draw) ?? [{ init: bad.request(id, draw) }]) opened.send(message);
  return compare(`${bad.name}, stream`, expected, await endOf(opened));
}
