import { constants } from 'node:os';
import type { Message } from '../../harness/client.js';
import { audioOf, chainOf, type Nodes } from '../../harness/messages.js';
import type { Draw } from '../draw.js';
import { compare, type Expected, endOf, type Fault, type Finding, outcomeOf, type Stage, WELL } from './fault.js';

type Hook = 'initialize' | 'process' | 'flush' | 'cleanup';

const HOOKS: readonly Hook[] = ['initialize', 'process', 'flush', 'cleanup'];
const SIGNALS = [
  'SIGKILL',
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGQUIT',
  'SIGTRAP',
  'SIGSYS',
  'SIGXCPU',
  'SIGHUP',
  'SIGUSR1',
  'SIGALRM',
] as const;
const CHUNKS = 8;

interface Breakdown {
  readonly params: Readonly<Record<string, unknown>>;
  readonly expected: (nodeId: string) => Expected;
  readonly settings?: Message;
  readonly limits?: Message;
  /** Whether Python nodes may stand beside it; where one that is slow to start would be taken for the broken one, none may. */
  readonly company: boolean;
}

/** Nodes that fail by their own code. */
export const BREAKDOWNS: readonly Fault[] = [
  fault('raise', 12, (draw, hook) =>
    byReport(hook, {
      way: draw.pick(['raise', 'raise', 'raise_huge', 'raise_unprintable', 'raise_group', 'cancel', 'recurse']),
    }),
  ),
  fault('sys.exit', 4, (draw, hook) => byReport(hook, { way: 'sys_exit', number: draw.int(0, 3) })),
  fault('interrupt', 2, (_draw, hook) => byReport(hook, { way: 'interrupt' })),
  fault('os._exit', 8, (draw, hook) => {
    const exitCode = draw.pick([0, 1, 2, 3, 77, 127, 255]);
    return byExit(hook, { way: 'exit', number: exitCode }, { exitCode });
  }),
  fault('fatal signal', 12, (draw, hook) => {
    const signal = draw.pick(SIGNALS);
    return byExit(hook, { way: 'signal', number: constants.signals[signal] }, { signal });
  }),
  fault('hang', 5, hang),
  {
    name: 'import error',
    weight: 3,
    run: (stage) => runChain(stage, 'import error', 'MissingAtWorkNode', importError()),
  },
  {
    name: 'wrong output',
    weight: 2,
    run: (stage) => runChain(stage, 'wrong output', 'WrongOutputNode', wrongOutput()),
  },
];

function fault(name: string, weight: number, plan: (draw: Draw, hook: Hook) => Breakdown): Fault {
  return {
    name,
    weight,
    run: (stage) => {
      const hook = stage.draw.pick(HOOKS);
      const breakdown = plan(stage.draw, hook);
      const { way, number } = breakdown.params;
      return runChain(stage, `${name} (${way} ${number ?? ''}) in ${hook}`, 'BreakDownNode', breakdown);
    },
  };
}

/** The runner itself says what was raised. */
function byReport(hook: Hook, params: Breakdown['params']): Breakdown {
  const codes = hook === 'initialize' ? ['process.init_failed'] : ['node.failed'];
  const expected = (nodeId: string): Expected =>
    hook === 'cleanup' ? WELL : { status: hook === 'initialize' ? 9 : 10, codes, nodeId };
  return { params: { hook, ...params }, expected, company: true };
}

/** The process is gone before it can say anything. */
function byExit(hook: Hook, params: Breakdown['params'], details: Expected['details']): Breakdown {
  const codes = hook === 'initialize' ? ['process.init_failed'] : ['process.crashed'];
  const expected = (nodeId: string): Expected =>
    hook === 'cleanup' ? WELL : { status: hook === 'initialize' ? 9 : 10, codes, nodeId, ...(details && { details }) };
  return { params: { hook, ...params }, expected, company: true };
}

function hang(draw: Draw, hook: Hook): Breakdown {
  const params = { hook, way: draw.pick(['hang_blocked', 'hang_waiting']) };
  const settings = { cleanup_grace_period_secs: 0.2 };
  const status = { initialize: 4, process: 10, flush: 4, cleanup: 0 }[hook];
  const codes = {
    initialize: ['process.init_timeout'],
    process: ['process.unresponsive'],
    flush: ['session.deadline'],
    cleanup: [],
  }[hook];
  // A deadline is the session's, not a node's.
  const expected = (nodeId: string): Expected => ({ status, codes, ...(hook === 'flush' ? {} : { nodeId }) });
  const common = { params, expected, company: false };
  if (hook === 'initialize') return { ...common, settings: { ...settings, init_timeout_secs: 1.2 } };
  if (hook === 'process') return { ...common, settings: { ...settings, process_timeout_secs: 0.4 } };
  if (hook === 'flush') return { ...common, settings, limits: { max_timeout_ms: 1500 } };
  return { ...common, settings };
}

function importError(): Breakdown {
  const message = /ImportError: libcuda/;
  const expected = (nodeId: string): Expected => ({ status: 9, codes: ['process.init_failed'], nodeId, message });
  return { params: {}, expected, company: true };
}

function wrongOutput(): Breakdown {
  const expected = (nodeId: string): Expected => ({ status: 10, codes: ['node.failed'], nodeId, message: /int/ });
  return { params: {}, expected, company: true };
}

/** Runs the broken node at a drawn place of a drawn chain, in a unary call or in a stream. */
async function runChain(stage: Stage, label: string, type: string, breakdown: Breakdown): Promise<Finding> {
  const { draw, client, name } = stage;
  const { params, settings = {}, limits, company } = breakdown;
  const [first, bad] = [`${name}-in`, `${name}-bad`];
  const nodes: Record<string, Nodes[string]> = { [first]: 'PassThrough' };
  if (company && draw.chance(0.25)) nodes[`${name}-before`] = 'EchoNode';
  const isStream = draw.chance(0.6);
  const isLate = isStream && params['hook'] === 'process' && draw.chance(0.5);
  nodes[bad] = [type, isLate ? { ...params, after: draw.int(1, CHUNKS - 1) } : params];
  if (company && draw.chance(0.25)) nodes[`${name}-after`] = 'EchoNode';
  else if (draw.chance(0.5)) nodes[`${name}-out`] = 'PassThrough';
  const manifest = chainOf(nodes, { init_timeout_secs: 20, ...settings });
  const request = { manifest, ...(limits === undefined ? {} : { resource_limits: limits }) };
  const expected = breakdown.expected(bad);
  if (!isStream) {
    const answer = client.execute({ ...request, data_inputs: { [first]: audioOf(64) } });
    return compare(`${label}, unary`, expected, await outcomeOf(answer));
  }
  const stream = client.stream().read();
  stream.send({ init: request });
  for (let sequence = 1; sequence <= CHUNKS; sequence += 1)
    stream.send({ data_chunk: { node_id: first, buffer: audioOf(64, sequence), sequence } });
  stream.send({ control: { command: 'COMMAND_CLOSE' } });
  const finding = compare(`${label}, stream`, expected, await endOf(stream));
  const results = stream.all('result').length;
  if (finding.problem !== null || expected.status !== 0 || results === CHUNKS) return finding;
  return { label, problem: `${label}: ${results} results of ${CHUNKS}` };
}
