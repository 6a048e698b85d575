import { stat } from 'node:fs/promises';
import { type Interpreter, type InterpreterOptions, inspectInterpreter } from './interpreter.js';

/** An interpreter that was found fit for nodes, and what may have become of it since. */
export class KnownInterpreter {
  readonly #options: InterpreterOptions;
  #found: Interpreter;
  #seen: Promise<string>;

  constructor(found: Interpreter, options: InterpreterOptions) {
    this.#found = found;
    this.#options = options;
    this.#seen = looksOf(found);
  }

  /**
   * The interpreter, asked anew when its program or its SDK is no longer the file that it was.
   *
   * @throws RemoteMediaError `process.spawn_failed` with the command that helps when it can no longer run nodes
   */
  async confirm(): Promise<Interpreter> {
    const looks = await looksOf(this.#found);
    if (looks === (await this.#seen)) return this.#found;
    const found = await inspectInterpreter(this.#found.executable, this.#options, this.#found);
    this.#found = found;
    this.#seen = looksOf(found);
    return found;
  }
}

/** The two files that make an interpreter what it is. One that is gone looks like nothing. */
async function looksOf({ executable, sdkFile }: Interpreter): Promise<string> {
  const files = [executable, ...(sdkFile === null ? [] : [sdkFile])];
  const looks = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
        () => 'gone',
      ),
    ),
  );
  return looks.join('; ');
}
