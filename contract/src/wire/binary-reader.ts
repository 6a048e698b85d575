import { RemoteMediaError } from '../errors/error.js';
import { plainBytes } from './plain-bytes.js';

/**
 * Reads the protobuf wire format for the generated decoders.
 *
 * Own code rather than the protobuf runtime's, for three reasons: `bytes` are views and never copies, a text that is
 * not UTF-8 is an error and not a replacement character, and integers beyond 2^53 are seen rather than rounded.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Above this a string goes through TextDecoder; below it a plain loop is faster. */
const SHORT_STRING = 24;
const GROUP_DEPTH_LIMIT = 100;

export class BinaryReader {
  pos = 0;
  readonly len: number;
  /** How deep the generated decoders have gone; they keep it here and stop at 100. */
  __tsProtoDecodeDepth = 0;
  readonly #buf: Uint8Array;
  readonly #view: DataView;
  readonly #numberLimit: number;
  #numbersLeft: number;

  /** @param numberLimit most tags, lengths and numbers that it reads; then it throws. */
  constructor(buf: Uint8Array, numberLimit = Number.POSITIVE_INFINITY) {
    this.#numberLimit = numberLimit;
    this.#numbersLeft = numberLimit;
    this.#buf = plainBytes(buf);
    this.len = buf.byteLength;
    this.#view = new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    this.#countNumber();
    const first = this.#byte();
    if (first < 0x80) {
      return first;
    }
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) {
        value |= (byte & 0x7f) << shift;
      }
      if (byte < 0x80) {
        return value >>> 0;
      }
    }
    throw malformed('a number is longer than ten bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  bool(): boolean {
    const [low, high] = this.#varint64();
    return low !== 0 || high !== 0;
  }

  /** A number where it is exact, a bigint beyond 2^53. */
  uint64(): number | bigint {
    const [low, high] = this.#varint64();
    if (high <= 0x1f_ffff) {
      return high * 0x1_0000_0000 + low;
    }
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A number where it is exact, a bigint beyond 2^53. */
  int64(): number | bigint {
    const [low, high] = this.#varint64();
    const value = (high | 0) * 0x1_0000_0000 + low;
    return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.uint32();
    const at = this.#take(length);
    return this.#buf.subarray(at, at + length);
  }

  string(): string {
    const length = this.uint32();
    const at = this.#take(length);
    if (length <= SHORT_STRING) {
      const text = this.#ascii(at, length);
      if (text !== null) {
        return text;
      }
    }
    try {
      return decoder.decode(this.#buf.subarray(at, at + length));
    } catch {
      throw malformed('a text is not UTF-8');
    }
  }

  /** Passes over a field that the schema does not know, and returns its bytes. */
  skip(wireType: number, depth = 0): Uint8Array {
    const start = this.pos;
    switch (wireType) {
      case 0:
        this.#varint64();
        break;
      case 1:
        this.#take(8);
        break;
      case 2:
        this.#take(this.uint32());
        break;
      case 3:
        this.#skipGroup(depth);
        break;
      case 5:
        this.#take(4);
        break;
      default:
        throw malformed(`wire type ${wireType} does not exist`);
    }
    return this.#buf.subarray(start, this.pos);
  }

  #skipGroup(depth: number): void {
    if (depth >= GROUP_DEPTH_LIMIT) {
      throw malformed(`groups are nested more than ${GROUP_DEPTH_LIMIT} deep`);
    }
    for (let tag = this.uint32(); (tag & 7) !== 4; tag = this.uint32()) {
      this.skip(tag & 7, depth + 1);
    }
  }

  /** Low and high half, both unsigned. */
  #varint64(): [number, number] {
    this.#countNumber();
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) {
        low |= bits << shift;
      } else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else {
        high |= bits << (shift - 32);
      }
      if (byte < 0x80) {
        return [low >>> 0, high >>> 0];
      }
    }
    throw malformed('a number is longer than ten bytes');
  }

  #countNumber(): void {
    this.#numbersLeft--;
    if (this.#numbersLeft < 0) {
      throw malformed(`it has more than ${this.#numberLimit} fields and numbers`);
    }
  }

  #byte(): number {
    const byte = this.#buf[this.pos];
    if (byte === undefined) {
      throw malformed('it ends in the middle');
    }
    this.pos++;
    return byte;
  }

  #take(length: number): number {
    const at = this.pos;
    if (length > this.len - at) {
      throw malformed(`${length} bytes are announced, but only ${this.len - at} follow`);
    }
    this.pos = at + length;
    return at;
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

function malformed(fact: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', `Protobuf message cannot be read: ${fact}`, {
    hint: 'Check that the client was generated from remotemedia.proto.',
  });
}
