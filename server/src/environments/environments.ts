import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RemoteMediaError } from '@remotemedia/contract';
import { askInterpreter, type Interpreter, type InterpreterOptions, ofVenv } from '../process/interpreter.js';
import { KnownInterpreter } from '../process/known-interpreter.js';
import { findTypes, isFolderName } from './folders.js';
import { type EnvironmentRecord, readRecord } from './record.js';

/** An environment that runs its node type. */
export interface Environment {
  readonly interpreter: Interpreter;
  readonly record: EnvironmentRecord;
}

/** The environments that `nodes install` has made, one for each node type. */
export class Environments {
  readonly folder: string;
  readonly #options: InterpreterOptions;
  /** Those that were found fit. */
  readonly #known = new Map<string, KnownInterpreter>();
  /** Those that are being looked at, for all who ask meanwhile: the nodes of a session start together. */
  readonly #examined = new Map<string, Promise<Environment>>();

  constructor(folder: string, options: InterpreterOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Node types that have one, in whatever state. */
  types(): Promise<string[]> {
    return findTypes(this.folder);
  }

  /** Where the environment of a node type is, or would be. */
  pathOf(type: string): string {
    return join(this.folder, type);
  }

  /**
   * The interpreter that runs nodes of a type; null: the type has no environment. One that came since the last call is seen.
   *
   * @throws RemoteMediaError `process.spawn_failed` for an environment that is broken, half installed, or has an SDK of
   *   another version, with the command that mends it
   */
  async interpreterOf(type: string): Promise<Interpreter | null> {
    if (!isFolderName(type)) return null;
    const path = this.pathOf(type);
    const fault = await stat(path).catch((error: unknown) => codeOf(error));
    if (fault === 'ENOENT' || fault === 'ENOTDIR') {
      this.#known.delete(type);
      return null;
    }
    if (typeof fault === 'string') throw broken(type, path, `it cannot be looked at: ${fault}`);
    const known = this.#known.get(type);
    if (known === undefined) return (await this.#examineOnce(type)).interpreter;
    return await known.confirm().catch(async () => (await this.#examineOnce(type)).interpreter);
  }

  #examineOnce(type: string): Promise<Environment> {
    const examined = this.#examined.get(type) ?? this.examine(type).finally(() => this.#examined.delete(type));
    this.#examined.set(type, examined);
    return examined;
  }

  /**
   * Looks at an environment anew.
   *
   * @throws RemoteMediaError as `interpreterOf` does
   */
  async examine(type: string): Promise<Environment> {
    this.#known.delete(type);
    const path = this.pathOf(type);
    const { record, fault } = await readRecord(path);
    if (fault !== null) throw broken(type, path, fault);
    const answer = await askInterpreter(ofVenv(`the environment of ${type}`, path), this.#options);
    if (!('executable' in answer)) throw broken(type, path, answer.reason);
    this.#known.set(type, new KnownInterpreter(answer, this.#options));
    return { interpreter: answer, record };
  }
}

function broken(type: string, path: string, fault: string): RemoteMediaError {
  return new RemoteMediaError('process.spawn_failed', `The environment of ${type} (${path}) cannot be used: ${fault}`, {
    hint: `remotemedia nodes install ${type} --force`,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
