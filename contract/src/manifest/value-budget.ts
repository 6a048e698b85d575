import { isRemoteMediaError, RemoteMediaError } from '../errors/error.js';

/**
 * Values in one manifest, keys of objects not counted. The largest manifest there can be (a thousand nodes, ten thousand
 * connections) has a fifth of that, and a million empty lists, which are two megabytes of text, are sixty of memory.
 */
const VALUE_LIMIT = 250_000;

const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const OPENING = new Set([0x5b, 0x7b]);

/** What is left of the values that a manifest may hold, in all its texts and messages together. */
export class ValueBudget {
  #left = VALUE_LIMIT;

  /** @throws RemoteMediaError `manifest.invalid` when there are too many. */
  take(count = 1): void {
    this.#left -= count;
    if (this.#left < 0) {
      throw new RemoteMediaError(
        'manifest.invalid',
        `Manifest validation error: The manifest holds more than ${VALUE_LIMIT} values`,
        { hint: 'Give large data as input, or in a file that a parameter names.' },
      );
    }
  }

  /**
   * Counts the values in a JSON text before anything is made of it; more lists and objects than values may be are also
   * more than a parser should nest.
   *
   * @throws RemoteMediaError `manifest.invalid` when there are too many.
   */
  takeText(text: string): void {
    let inString = false;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (inString) {
        if (code === BACKSLASH) {
          index++;
        } else if (code === QUOTE) {
          inString = false;
        }
      } else if (code === QUOTE) {
        inString = true;
      } else if (code === COMMA || OPENING.has(code)) {
        this.take();
      }
    }
  }
}

/** Whether an error says that a manifest holds too much. */
export function isOverBudget(error: unknown): boolean {
  return isRemoteMediaError(error) && error.code === 'manifest.invalid';
}
