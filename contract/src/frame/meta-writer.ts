/**
 * Writes the packed little-endian meta part of a frame.
 *
 * One writer is reused for every frame of the process: `finish()` copies out exactly what was written, so a frame
 * costs one small allocation. Not re-entrant, and it need not be: encoding is synchronous.
 */
const encoder = new TextEncoder();

/** Above this a string goes through TextEncoder; below it a plain loop is faster. */
const SHORT_STRING = 48;

export class MetaWriter {
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Forgets what an earlier, perhaps failed, encoding left. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
      throw new RangeError(`${value} is not an unsigned 32-bit integer`);
    }
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  u64(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${value} is not an unsigned integer below 2^53`);
    }
    this.#put64(value);
  }

  i64(value: number): void {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`${value} is not an integer within 2^53`);
    }
    this.#put64(value);
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  bytes(value: Uint8Array): void {
    this.u32(value.byteLength);
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
  }

  str(value: string): void {
    const start = this.#length;
    this.#reserve(4 + value.length * 3);
    if (value.length <= SHORT_STRING && this.#ascii(value, start + 4)) {
      this.#view.setUint32(start, value.length, true);
      this.#length = start + 4 + value.length;
      return;
    }
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(start + 4));
    this.#view.setUint32(start, written, true);
    this.#length = start + 4 + written;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** 64 bits in two halves: BigInt would cost ten times as much. Works for negative integers too. */
  #put64(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.#view.setUint32(this.#length, value - high * 0x1_0000_0000, true);
    this.#view.setInt32(this.#length + 4, high, true);
    this.#length += 8;
  }

  #ascii(value: string, at: number): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        return false;
      }
      bytes[at + index] = code;
    }
    return true;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.byteLength) {
      return;
    }
    const grown = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
