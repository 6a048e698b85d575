/**
 * Writes the protobuf wire format for the generated encoders.
 *
 * Own code rather than the protobuf runtime's: that one copies a payload once per level of nesting, and audio in a
 * stream's result lies five levels deep. Here small fields go into one buffer, large `bytes` are only remembered, and
 * `finish()` copies everything once.
 */
const encoder = new TextEncoder();

/** From this size on, `bytes` are remembered instead of copied twice. */
const LARGE_BYTES = 1024;
const SCRATCH_BYTES = 4096;
/** Above this a string goes through TextEncoder; below it a plain loop is faster. */
const SHORT_STRING = 48;

/** A large field: its bytes stand before position `at` of the small ones. */
interface Large {
  at: number;
  readonly bytes: Uint8Array;
}

/** Node's Buffer gives memory without zeroing it, and every byte is about to be written. */
const nodeBuffer = (globalThis as { Buffer?: { allocUnsafe(size: number): Uint8Array } }).Buffer;
const allocate = nodeBuffer ? (size: number) => nodeBuffer.allocUnsafe(size) : (size: number) => new Uint8Array(size);

/** One scratch buffer goes from writer to writer; a writer that finds it taken makes its own. */
let sharedScratch: Uint8Array | null = new Uint8Array(SCRATCH_BYTES);

export class BinaryWriter {
  #buf: Uint8Array;
  #view: DataView;
  #length = 0;
  readonly #large: Large[] = [];
  #largeBytes = 0;
  /** Per open fork: where its length belongs, and how many large bytes and fields there were. */
  readonly #forks: number[] = [];

  constructor() {
    this.#buf = sharedScratch ?? new Uint8Array(SCRATCH_BYTES);
    sharedScratch = null;
    this.#view = new DataView(this.#buf.buffer);
  }

  /** The whole message. The writer is empty afterwards and may not be used again. */
  finish(): Uint8Array {
    const out = allocate(this.#length + this.#largeBytes);
    let from = 0;
    let to = 0;
    for (const { at, bytes } of this.#large) {
      out.set(this.#buf.subarray(from, at), to);
      to += at - from;
      out.set(bytes, to);
      to += bytes.byteLength;
      from = at;
    }
    out.set(this.#buf.subarray(from, this.#length), to);
    if (this.#buf.byteLength === SCRATCH_BYTES) {
      sharedScratch = this.#buf;
    }
    return out;
  }

  /** Begins a nested message; its length is written by `join()`. */
  fork(): this {
    this.#reserve(1);
    this.#forks.push(this.#length, this.#largeBytes, this.#large.length);
    this.#length += 1;
    return this;
  }

  join(): this {
    const largeCount = this.#forks.pop() ?? 0;
    const largeBytes = this.#forks.pop() ?? 0;
    const at = this.#forks.pop() ?? 0;
    const start = at + 1;
    const inner = this.#length - start + (this.#largeBytes - largeBytes);
    const shift = varintBytes(inner) - 1;
    if (shift > 0) {
      // One byte was kept for the length and it needs more: only small fields move, never a payload.
      this.#reserve(shift);
      this.#buf.copyWithin(start + shift, start, this.#length);
      for (let index = largeCount; index < this.#large.length; index++) {
        const large = this.#large[index];
        if (large) {
          large.at += shift;
        }
      }
    }
    const end = this.#length + shift;
    this.#length = at;
    this.uint32(inner);
    this.#length = end;
    return this;
  }

  uint32(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
      throw new RangeError(`${value} is not an unsigned 32-bit integer`);
    }
    this.#reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#buf[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buf[this.#length++] = rest;
    return this;
  }

  int32(value: number): this {
    if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0x7fff_ffff) {
      throw new RangeError(`${value} is not a 32-bit integer`);
    }
    return value >= 0 ? this.uint32(value) : this.#varint64(value);
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  uint64(value: number | string | bigint): this {
    if (typeof value !== 'number') {
      return this.#bigVarint(BigInt(value));
    }
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${value} is not an unsigned integer below 2^53`);
    }
    return this.#varint64(value);
  }

  int64(value: number): this {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`${value} is not an integer within 2^53`);
    }
    return this.#varint64(value);
  }

  double(value: number): this {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
    return this;
  }

  /** The bytes must not change before `finish()`. */
  bytes(value: Uint8Array): this {
    this.uint32(value.byteLength);
    if (value.byteLength >= LARGE_BYTES) {
      this.#large.push({ at: this.#length, bytes: value });
      this.#largeBytes += value.byteLength;
      return this;
    }
    this.#reserve(value.byteLength);
    this.#buf.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  string(value: string): this {
    if (value.length <= SHORT_STRING) {
      this.#reserve(1 + value.length);
      if (this.#ascii(value, this.#length + 1)) {
        this.#buf[this.#length] = value.length;
        this.#length += 1 + value.length;
        return this;
      }
    }
    return this.bytes(encoder.encode(value));
  }

  #ascii(value: string, at: number): boolean {
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        return false;
      }
      this.#buf[at + index] = code;
    }
    return true;
  }

  /** Two's complement of a safe integer, in two halves: BigInt would cost ten times as much. */
  #varint64(value: number): this {
    this.#reserve(10);
    let high = Math.floor(value / 0x1_0000_0000);
    let low = value - high * 0x1_0000_0000;
    high >>>= 0;
    while (high > 0 || low > 0x7f) {
      this.#buf[this.#length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#buf[this.#length++] = low;
    return this;
  }

  #bigVarint(value: bigint): this {
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#buf[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buf[this.#length++] = Number(rest);
    return this;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#buf.byteLength) {
      return;
    }
    const grown = new Uint8Array(Math.max(needed, this.#buf.byteLength * 2));
    grown.set(this.#buf.subarray(0, this.#length));
    this.#buf = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    bytes++;
  }
  return bytes;
}
