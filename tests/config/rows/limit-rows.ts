import { errorOf, type Message, type WireStream } from '../../harness/client.js';
import { chainOf, manifestOf, textOf } from '../../harness/messages.js';
import type { Row, Stage } from './row.js';

const OK = 'OK';

/** What the service allows its sessions. */
export const LIMIT_ROWS: readonly Row[] = [
  {
    setting: 'limits.max_processes_per_session',
    observe: (stage) =>
      Promise.all(
        [12, 13, 100, 101].map((count) =>
          refusalOf(stage, chainOf({ a: 'PassThrough' }, { max_processes_per_session: count })),
        ),
      ),
    byDefault: [OK, OK, OK, 'limit.processes'],
    inFile: [12, [OK, 'limit.processes', 'limit.processes', 'limit.processes']],
    inManifest: null,
  },
  {
    setting: 'limits.max_processes',
    beside: { 'limits.max_processes_per_session': 1000, 'multiprocess.max_processes_per_session': 1000 },
    observe: async (stage) => {
      const { code, details } = await failureIn(stage, chainOf(nodes(201, 'WhereNode')));
      const few =
        details.allowed === 2 ? [await refusalOf(stage, chainOf(nodes(2, 'WhereNode')), { n0: textOf('') })] : [];
      return [code, details.allowed, ...few];
    },
    byDefault: ['limit.processes', 200],
    inFile: [2, ['limit.processes', 2, OK]],
    inManifest: null,
  },
  { setting: 'limits.max_sessions', observe: mostSessions, byDefault: 100, inFile: [3, 3], inManifest: null },
  {
    setting: 'limits.max_message_bytes',
    // The text, and a little more for what is around it.
    observe: (stage) =>
      Promise.all(
        [4000, 5000, 68_000_000].map((size) =>
          refusalOf(stage, chainOf({ a: 'PassThrough' }), { a: textOf('x'.repeat(size)) }),
        ),
      ),
    byDefault: [OK, OK, 'limit.message_size'],
    inFile: [4500, [OK, 'limit.message_size', 'limit.message_size']],
    inManifest: null,
  },
  {
    setting: 'limits.max_shm_segment_size',
    observe: (stage) =>
      Promise.all(
        [5000, 5001, 2 ** 30, 2 ** 30 + 1].map((size) =>
          refusalOf(stage, chainOf({ a: 'PassThrough' }, { shm_segment_size: size })),
        ),
      ),
    byDefault: [OK, OK, OK, 'limit.shared_memory'],
    inFile: [5000, [OK, 'limit.shared_memory', 'limit.shared_memory', 'limit.shared_memory']],
    inManifest: null,
  },
  {
    setting: 'limits.max_shared_memory',
    observe: (stage) => refusalOf(stage, chainOf({ a: 'WhereNode' }), { a: textOf('') }),
    byDefault: OK,
    inFile: [16_384, 'limit.shared_memory'],
    inManifest: null,
  },
  {
    setting: 'limits.max_execution_secs',
    observe: (stage) =>
      refusalOf(stage, chainOf({ a: ['SlowNode', { phase: 'process', secs: 1.5 }] }), { a: textOf('') }),
    byDefault: OK,
    inFile: [0.7, 'session.deadline'],
    inManifest: null,
  },
  {
    setting: 'limits.max_memory_bytes',
    observe: (stage) =>
      refusalOf(stage, chainOf({ a: ['SlowNode', { phase: 'process', secs: 1.5 }] }), { a: textOf('') }),
    byDefault: OK,
    // Less than any Python takes.
    inFile: [1_000_000, 'limit.memory'],
    inManifest: null,
  },
  {
    setting: 'limits.media_roots',
    observe: (stage) =>
      Promise.all(
        ['heard.wav', `${stage.folder}/media/heard.wav`, `${stage.folder}/elsewhere.wav`].map((path) =>
          refusalOf(stage, chainOf({ a: ['AudioFileSourceNode', { path }] })),
        ),
      ),
    byDefault: ['input.invalid', 'input.invalid', 'input.invalid'],
    inFile: [['./media'], [OK, OK, 'input.invalid']],
    inManifest: null,
  },
];

function nodes(count: number, type: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, type]));
}

/** Why a pipeline is refused or fails; `OK` when it runs. */
async function refusalOf(stage: Stage, manifest: Message, inputs: Message = {}): Promise<string> {
  return await stage.client.execute({ manifest, data_inputs: inputs }).then(
    () => OK,
    (error: unknown) => errorOf(error).code,
  );
}

async function failureIn({ client }: Stage, manifest: Message) {
  return await client.execute({ manifest }).then(() => {
    throw new Error('it was not refused');
  }, errorOf);
}

/** Opens sessions until one is refused. */
async function mostSessions({ client }: Stage): Promise<number> {
  const streams: WireStream[] = [];
  for (;;) {
    const stream = client.stream().read();
    stream.send({ init: { manifest: manifestOf({ a: 'PassThrough' }) } });
    const isOpen = await stream.response('ready').then(
      () => true,
      () => false,
    );
    if (!isOpen) break;
    streams.push(stream);
  }
  for (const stream of streams) stream.send({ control: { command: 'COMMAND_CLOSE' } });
  await Promise.all(streams.map((stream) => stream.ended));
  return streams.length;
}
