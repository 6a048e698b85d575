import { RemoteMediaError } from '@remotemedia/contract';
import { z } from 'zod';
import { runProgram } from '../process/run-program.js';

/** A Python that environments can be made from. */
export interface BasePython {
  /** Its path, or, for uv to find one, what it must be: `>=3.12`. */
  readonly executable: string;
  /** Null: that is not known yet. */
  readonly version: string | null;
}

export interface BasePythonOptions {
  /** What the user named; then no other will do. */
  readonly asked: string | null;
  /** That of the service, which is taken where it will do. */
  readonly service: string;
  /** Oldest that the node type runs on, such as `3.12`. */
  readonly atLeast: string;
  /** uv brings pip's work and knows Pythons that are not on the PATH. */
  readonly hasUv: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const NAMES = ['python3.13', 'python3.12', 'python3.11', 'python3'];
const ASK_TIMEOUT_MS = 20_000;

// Every Python must understand it. Debian has venv without ensurepip, and then `python -m venv` fails.
const QUESTION = `
import json, os, sys
answer = {"executable": sys.executable, "version": ".".join(map(str, sys.version_info[:3])), "venv": True}
try:
    import venv, ensurepip
except ImportError:
    answer["venv"] = False
os.write(3, (json.dumps(answer) + "\\n").encode())
`;

const answerSchema = z.object({ executable: z.string().min(1), version: z.string(), venv: z.boolean() });

/**
 * The first of these that is new enough and can make an environment: the one that is asked for, that of the service, those on
 * the PATH.
 *
 * @throws RemoteMediaError `engine.missing`, or `config.invalid` for one that was asked for, with everything tried
 */
export async function findBasePython(options: BasePythonOptions): Promise<BasePython> {
  const { asked, service, atLeast, hasUv } = options;
  const faults: string[] = [];
  for (const command of asked === null ? [service, ...NAMES] : [asked]) {
    const answer = await askPython(command, options);
    if (typeof answer !== 'string') return answer;
    faults.push(`${command}: ${answer}`);
  }
  if (hasUv && asked === null) return { executable: `>=${atLeast}`, version: null };
  const tried = faults.join('; ');
  if (asked !== null) {
    const text = `The Python of --python cannot be used: ${tried}`;
    throw new RemoteMediaError('config.invalid', text, {
      hint: `Name a Python ${atLeast} or newer with venv and pip.`,
    });
  }
  throw new RemoteMediaError('engine.missing', `No Python ${atLeast} or newer was found. Tried ${tried}`, {
    hint: `Install Python ${atLeast} with venv and pip, or name one with --python.`,
  });
}

/** The Python, or why it will not do. */
async function askPython(
  command: string,
  { atLeast, hasUv, cwd, env }: BasePythonOptions,
): Promise<BasePython | string> {
  const { answer, ending, stderr } = await runProgram({
    command,
    args: ['-I', '-c', QUESTION],
    cwd,
    env,
    stdin: null,
    timeoutMs: ASK_TIMEOUT_MS,
    maxAnswerBytes: 64 * 1024,
  });
  const parsed = answerSchema.safeParse(answer === null ? null : jsonOf(answer));
  if (!parsed.success) return stderr[0] === undefined ? ending : `${ending}: ${stderr[0]}`;
  const { executable, version, venv } = parsed.data;
  if (isOlder(version, atLeast)) return `is ${version}`;
  return venv || hasUv ? { executable, version } : `has no ensurepip (Debian: apt-get install python3-venv)`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Compares major and minor version. */
function isOlder(version: string, atLeast: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = atLeast.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
