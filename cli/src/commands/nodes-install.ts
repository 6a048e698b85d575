import { RemoteMediaError } from '@remotemedia/contract';
import type { InstallPlan } from '@remotemedia/server/environments';
import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, JSON_OPTION } from '../command.js';
import { configPath } from '../config-path.js';
import { EXIT } from '../exit-codes.js';
import { type Terminal, writeJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export const nodesInstall = defineCommand({
  path: ['nodes', 'install'],
  summary: 'install what a Python node type needs, into an environment of its own',
  details: [
    'Makes a virtual environment with a Python that is new enough for the type, its packages and the SDK of the service. From then on nodes of the type run in it; a running service takes it for its next session. uv is used where it is on the PATH, otherwise venv and pip.',
    'An environment that is complete and has all that is wanted stays as it is. One that is broken, or was made for other requirements, is made anew. An interrupted installation leaves nothing.',
  ],
  arguments: [{ name: 'type', summary: 'name of a Python node type', required: true }],
  options: [
    { flags: '--weights <name>', summary: 'install these weights too, where they come in packages', repeatable: true },
    { flags: '--python <path>', summary: "the Python to make it with (default: the service's where it will do)" },
    { flags: '--force', summary: 'make it anew, whatever is there' },
    { flags: '--dry-run', summary: 'only show what would be installed' },
    CONFIG_OPTION,
    JSON_OPTION,
  ],
  examples: [
    ['remotemedia nodes install WhisperNode', 'its packages; `nodes info WhisperNode` shows them'],
    ['remotemedia nodes install WhisperNode --weights whisper-base', 'its packages, and weights that come in packages'],
  ],
  input: z.object({
    type: z.string().min(1, 'expected the name of a node type'),
    weights: z.array(z.string()).default([]),
    python: z.string().min(1, 'expected a path').optional(),
    force: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    config: z.string().optional(),
    json: z.boolean().default(false),
  }),
  async run({ type, weights, python = null, force, dryRun, config, json }, terminal) {
    const { planInstall } = await import('@remotemedia/server/environments');
    const plan = await planInstall({ config: configPath(config), type, weights, python });
    if (plan.kind === 'refused') throw new UsageError(plan.message, plan.hint);
    if (plan.kind === 'nothing') {
      report(terminal, json, { status: 'nothing_needed', type: plan.type }, [
        `${plan.type}: nothing to install, ${plan.why}`,
      ]);
    } else if (plan.present !== null && !force) {
      await reportPresent(plan, json, terminal);
    } else {
      await make(plan, { dryRun, json }, terminal);
    }
    return EXIT.ok;
  },
});

type Plan = Extract<InstallPlan, { kind: 'environment' }>;

async function make(
  plan: Plan,
  { dryRun, json }: { readonly dryRun: boolean; readonly json: boolean },
  terminal: Terminal,
): Promise<void> {
  const { type, path, requirements, weights, outdated } = plan;
  const { stderr, signal } = terminal;
  const started = performance.now();
  const say = (text: string): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    stderr.write(`${seconds.padStart(6)} s  ${text}\n`);
  };
  const installation = await plan.prepare();
  const { base, installer } = installation;
  if (dryRun) {
    const facts = { type, path, python: base, installer: installer.name, requirements, weights, outdated };
    report(terminal, json, { status: 'would_install', ...facts }, [
      `would make ${path}${outdated === null ? '' : `: ${outdated}`}`,
      `  python:    ${[base.version, base.executable].filter(Boolean).join(' ')}, with ${installer.name}`,
      `  packages:  ${requirements.join(', ') || 'none'}`,
      `  weights:   ${weights.join(', ') || 'none'}`,
    ]);
    return;
  }
  if (outdated !== null) say(`made anew: ${outdated}`);
  if (signal.aborted) throw new RemoteMediaError('session.cancelled', 'Interrupted', { hint: null });
  const { installEnvironment } = await import('@remotemedia/server/environments');
  const record = await installEnvironment(installation, { onStep: say, signal });
  const gaps = await plan.findGaps();
  say(`done: ${record.packages.length} packages in ${path}`);
  for (const { what, remedy } of gaps) stderr.write(`still lacks: ${what}\n  fix: ${remedy}\n`);
  const elapsedMs = Math.round(performance.now() - started);
  report(terminal, json, { status: 'installed', path, ...record, gaps, elapsed_ms: elapsedMs }, [
    `${type} runs in ${path} from now on`,
  ]);
}

async function reportPresent(plan: Plan, json: boolean, terminal: Terminal): Promise<void> {
  const { type, path, present } = plan;
  const gaps = await plan.findGaps();
  for (const { what, remedy } of gaps) terminal.stderr.write(`still lacks: ${what}\n  fix: ${remedy}\n`);
  report(terminal, json, { status: 'present', path, ...present, gaps }, [
    `${type} has its environment already, made ${present?.created_at}: ${path}`,
    '  --force makes it anew',
  ]);
}

function report({ stdout }: Terminal, json: boolean, facts: object, lines: readonly string[]): void {
  if (json) writeJson(stdout, facts);
  else stdout.write(`${lines.join('\n')}\n`);
}
