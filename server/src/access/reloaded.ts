import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRemoteMediaError, RemoteMediaError } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { repeat } from '../observe/repeat.js';

/** A file that has just changed may still be written; it counts when it is the same after this time. */
const SETTLE_MS = 100;

/** One file and the setting that names it. */
export interface NamedFile {
  readonly path: string;
  /** Full name, for example `tls.key`. */
  readonly setting: string;
}

export interface ReloadedOptions<Value> {
  /** What is made, for the log, for example `TLS certificate`. */
  readonly what: string;
  readonly files: readonly NamedFile[];
  /** @throws RemoteMediaError when nothing can be made of them. Its message must hold nothing of their content. */
  readonly make: (contents: readonly Buffer[]) => Value;
  /** Between two looks at the files; null: they are read once. */
  readonly intervalMs: number | null;
  readonly log: Logger;
}

/**
 * Something that is made from files, and made anew when they change. Where nothing can be made of the new ones, the old
 * value stays and the log says why, once.
 *
 * The files are read at intervals. Watching them would miss what is mounted from elsewhere, and links that change their
 * target, which is how secrets are renewed on most platforms.
 */
export class Reloaded<Value> {
  readonly #options: ReloadedOptions<Value>;
  readonly #listeners = new Set<(value: Value) => void>();
  #value: Value;
  /** Content when it was last looked at, whether or not anything could be made of it. */
  #seen: Snapshot;
  /** Null: nobody looks, because it is closed or need not. */
  #stop: (() => void) | null;

  private constructor(options: ReloadedOptions<Value>, seen: Snapshot, value: Value) {
    this.#options = options;
    this.#seen = seen;
    this.#value = value;
    const { intervalMs } = options;
    this.#stop = intervalMs === null ? null : repeat(intervalMs, () => this.#look());
  }

  /** @throws RemoteMediaError `config.invalid` when a file cannot be read, and what `make` throws */
  static async open<Value>(options: ReloadedOptions<Value>): Promise<Reloaded<Value>> {
    const seen = await readAll(options.files);
    return new Reloaded(options, seen, options.make(contentsOf(seen)));
  }

  get value(): Value {
    return this.#value;
  }

  /** @returns ends it */
  onChange(listener: (value: Value) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** No more looks. */
  close(): void {
    this.#stop?.();
    this.#stop = null;
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    const { files, what, make, log } = this.#options;
    const first = await readAll(files);
    if (isSame(first, this.#seen)) return;
    await sleep(SETTLE_MS, undefined, { ref: false });
    const settled = await readAll(files);
    if (!isSame(first, settled) || this.#stop === null) return;
    this.#seen = settled;
    try {
      this.#value = make(contentsOf(settled));
    } catch (error) {
      // Only our own messages are known to quote nothing.
      const reason = isRemoteMediaError(error) ? error.message : 'They cannot be read';
      log.warn(`${what}: the files have changed, but the new ones are not used. ${reason}`);
      return;
    }
    log.info(`${what}: read anew, since the files have changed`);
    for (const listener of this.#listeners) {
      try {
        listener(this.#value);
      } catch (err) {
        // The others still get it, and the next look comes.
        log.error(`${what}: the new one could not be put to use`, { err });
      }
    }
  }
}

/** Of each file its content, or why there is none. */
type Snapshot = readonly (Buffer | RemoteMediaError)[];

async function readAll(files: readonly NamedFile[]): Promise<Snapshot> {
  return await Promise.all(files.map(readOne));
}

async function readOne({ path, setting }: NamedFile): Promise<Buffer | RemoteMediaError> {
  try {
    return await readFile(path);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return new RemoteMediaError('config.invalid', `${setting} cannot be read: ${text}`, {
      hint: `Correct ${setting} in runtime.toml, or let the service's user read the file.`,
    });
  }
}

function contentsOf(snapshot: Snapshot): Buffer[] {
  return snapshot.map((content) => {
    if (content instanceof Error) throw content;
    return content;
  });
}

function isSame(one: Snapshot, other: Snapshot): boolean {
  return one.every((content, index) => {
    const beside = other[index];
    return Buffer.isBuffer(content)
      ? Buffer.isBuffer(beside) && content.equals(beside)
      : beside instanceof Error && beside.message === content.message;
  });
}
