import { RemoteMediaError } from '../errors/error.js';

/**
 * Reads the meta part of a frame. Every length and count is checked against the bytes that are there before anything
 * is allocated, so a hostile frame costs an error and no memory.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Above this a string goes through TextDecoder; below it a plain loop is faster. */
const SHORT_STRING = 24;

export class MetaReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at + 4, true) * 0x1_0000_0000 + this.#view.getUint32(at, true);
    return this.#safe(value);
  }

  i64(): number {
    const at = this.#take(8);
    const value = this.#view.getInt32(at + 4, true) * 0x1_0000_0000 + this.#view.getUint32(at, true);
    return this.#safe(value);
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) {
      throw invalid(`a flag is ${value}`);
    }
    return value === 1;
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  str(): string {
    const length = this.u32();
    const at = this.#take(length);
    if (length === 0) {
      return '';
    }
    if (length <= SHORT_STRING) {
      const text = this.#ascii(at, length);
      if (text !== null) {
        return text;
      }
    }
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw invalid('a text is not UTF-8');
    }
  }

  /** A count of items that take at least `itemBytes` each; refused when they cannot all be there. */
  count(itemBytes: number): number {
    const count = this.u32();
    const left = this.#bytes.byteLength - this.#at;
    if (count * itemBytes > left) {
      throw invalid(`${count} items are announced, but only ${left} bytes follow`);
    }
    return count;
  }

  u64List(): number[] {
    const list: number[] = [];
    for (let left = this.count(8); left > 0; left--) {
      list.push(this.u64());
    }
    return list;
  }

  i64List(): number[] {
    const list: number[] = [];
    for (let left = this.count(8); left > 0; left--) {
      list.push(this.i64());
    }
    return list;
  }

  /** Bytes left over mean that writer and reader do not agree. */
  end(): void {
    const left = this.#bytes.byteLength - this.#at;
    if (left > 0) {
      throw invalid(`${left} bytes are left over`);
    }
  }

  #take(length: number): number {
    const at = this.#at;
    const left = this.#bytes.byteLength - at;
    if (length > left) {
      throw invalid(`${length} bytes are needed at ${at}, but only ${left} follow`);
    }
    this.#at = at + length;
    return at;
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) {
      throw invalid('an integer is beyond 2^53');
    }
    return value;
  }

  #ascii(at: number, length: number): string | null {
    let text = '';
    for (let index = at; index < at + length; index++) {
      const code = this.#view.getUint8(index);
      if (code > 0x7f) {
        return null;
      }
      text += String.fromCharCode(code);
    }
    return text;
  }
}

function invalid(fact: string): RemoteMediaError {
  return new RemoteMediaError('frame.invalid', `Frame meta cannot be read: ${fact}`);
}
