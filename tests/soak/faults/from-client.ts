import { WireClient, type WireStream } from '../../harness/client.js';
import { audioOf, chainOf } from '../../harness/messages.js';
import { StillClient } from '../../harness/still-client.js';
import { compare, type Expected, endOf, type Fault, type Finding, outcomeOf, type Stage } from './fault.js';
import { hang, sendChunks } from './from-outside.js';

const GRACE = { cleanup_grace_period_secs: 0.3 };
const PHASES = ['called', 'opened', 'starting', 'ready', 'streaming', 'hanging', 'flushing'] as const;
type Phase = (typeof PHASES)[number];

/** Clients that go before their time. */
export const FROM_CLIENT: readonly Fault[] = [
  { name: 'stream cancelled', weight: 14, run: cancelStream },
  { name: 'call cancelled', weight: 4, run: cancelCall },
  { name: 'client gone', weight: 6, run: vanish },
  { name: 'deadline', weight: 4, run: passDeadline },
];

async function cancelStream(stage: Stage): Promise<Finding> {
  const { draw, client, name, book } = stage;
  const phase = draw.pick(PHASES);
  // A call of grpc-js that is cancelled in the turn of its first message stays open: its client says so to nobody.
  const unheard = phase === 'opened' ? [] : ['by the call'];
  const way = draw.pick(['by command', 'by command, twice', 'by both', ...unheard]);
  const stream = client.stream().read();
  await reach(stage, stream, phase);
  if (way !== 'by the call') stream.send({ control: { command: 'COMMAND_CANCEL' } });
  if (way === 'by command, twice') stream.send({ control: { command: 'COMMAND_CANCEL' } });
  if (way === 'by the call' || way === 'by both') stream.call.cancel();
  // What the client itself has cut off brings no code.
  const hasCode = way.startsWith('by command');
  // Nothing was opened that could be cancelled.
  const expected: Expected =
    phase === 'called' && hasCode
      ? { status: 3, codes: ['stream.init_required'] }
      : { status: 1, codes: hasCode ? ['session.cancelled'] : [] };
  const finding = compare(`cancelled ${way} when ${phase}`, expected, await endOf(stream));
  await book.over(`${name}-bad`);
  return finding;
}

async function cancelCall({ draw, client, name, book }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const hook = draw.pick(['initialize', 'process', 'flush']);
  const manifest = chainOf({ [bad]: ['BreakDownNode', { hook, way: 'hang_waiting' }] }, GRACE);
  const { call, answer } = client.startExecute({ manifest, data_inputs: { [bad]: audioOf(64) } });
  const outcome = outcomeOf(answer);
  await book.started(bad);
  call.cancel();
  const finding = compare(`unary call cancelled (${hook})`, { status: 1, codes: [] }, await outcome);
  await book.over(bad);
  return finding;
}

/** The connection breaks, with no word. */
async function vanish({ draw, address, name, book }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const way = draw.pick(['a client that reads', 'a client that does not read']);
  const manifest = chainOf({ [bad]: ['BreakDownNode', { hook: draw.pick(['initialize', 'process', 'none']) }] }, GRACE);
  if (way === 'a client that reads') {
    const own = new WireClient(address);
    const stream = own.stream().read();
    stream.send({ init: { manifest: chainOf({ [bad]: 'EchoNode' }, GRACE) } });
    if (draw.chance(0.5)) await stream.response('ready');
    else await book.started(bad);
    own.close();
    stream.call.cancel();
    await stream.ended;
  } else {
    const still = new StillClient(address);
    const init = { manifestJson: JSON.stringify(asFile(manifest)), dataInputs: new Map(), clientVersion: '' };
    await still.send({
      $case: 'init',
      value: { ...init, manifest: undefined, resourceLimits: undefined, expectedChunkSize: 0 },
    });
    await book.started(bad);
    still.close();
  }
  await book.over(bad);
  return { label: `${way} is gone`, problem: null };
}

async function passDeadline({ draw, client, name, book }: Stage): Promise<Finding> {
  const bad = `${name}-bad`;
  const hook = draw.pick(['initialize', 'process', 'flush']);
  const whose = draw.pick(['the call', 'the request']);
  const manifest = chainOf({ [bad]: ['BreakDownNode', { hook, way: 'hang_blocked' }] }, GRACE);
  const ms = draw.int(100, 1500);
  const request = { manifest, data_inputs: { [bad]: audioOf(64) } };
  const answer =
    whose === 'the call'
      ? client.execute(request, { deadline: Date.now() + ms })
      : client.execute({ ...request, resource_limits: { max_timeout_ms: ms } });
  // The client's own clock ends its call with no word from the service.
  const expected: Expected = { status: 4, codes: whose === 'the call' ? [] : ['session.deadline'] };
  const finding = compare(`deadline of ${whose} (${hook})`, expected, await outcomeOf(answer));
  await book.over(bad);
  return finding;
}

/** Brings a stream to a phase of its life. */
async function reach({ draw, book, name }: Stage, stream: WireStream, phase: Phase): Promise<void> {
  const bad = `${name}-bad`;
  const echo = chainOf({ [bad]: 'EchoNode', [`${name}-out`]: 'PassThrough' }, GRACE);
  switch (phase) {
    case 'called':
      return;
    case 'opened':
      stream.send({ init: { manifest: echo } });
      return;
    case 'starting':
      if (draw.chance(0.5)) return await hang(stream, bad, 'initialize', 'hang_waiting');
      stream.send({ init: { manifest: echo } });
      await book.started(bad);
      return;
    case 'ready':
      stream.send({ init: { manifest: echo } });
      await stream.response('ready');
      return;
    case 'streaming':
      stream.send({ init: { manifest: echo } });
      sendChunks(stream, bad, 1, draw.int(1, 300));
      await stream.response('result');
      return;
    case 'hanging':
      return await hang(stream, bad, 'process', draw.pick(['hang_blocked', 'hang_waiting']));
    case 'flushing':
      return await hang(stream, bad, 'flush', draw.pick(['hang_blocked', 'hang_waiting']));
  }
}

/** The same manifest with `params` as a file has them. */
function asFile(manifest: Record<string, unknown>): object {
  const nodes = (manifest['nodes'] as Record<string, unknown>[]).map(({ params_json: text, ...node }) => ({
    ...node,
    ...(text === undefined ? {} : { params: JSON.parse(String(text)) }),
  }));
  return {
    version: 'v1',
    metadata: { name: 'gone', multiprocess: GRACE },
    nodes,
    connections: manifest['connections'],
  };
}
