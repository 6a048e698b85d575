/** A seeded generator (sfc32): the same seed gives the same bytes on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = 0x9e37_79b9;
    for (let round = 0; round < 12; round += 1) this.next();
  }

  /** 32 random bits, as an unsigned number. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** A whole number that a float64 holds exactly: up to 53 bits, as often short as long. */
  integer(): number {
    const bits = this.below(54);
    return Math.floor((this.below(0x20_0000) * 0x1_0000_0000 + this.next()) / 2 ** (53 - bits));
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Random bytes. They begin anywhere in their buffer, as views of larger ones do. */
  bytes(length: number): Uint8Array {
    const skew = this.below(4);
    const words = new Uint32Array(Math.ceil((length + skew) / 4));
    // The generator's state in local variables: three times as fast, and this makes gigabytes.
    let a = this.next();
    let b = this.next();
    let c = this.next() | 1;
    for (let index = 0; index < words.length; index += 1) {
      const sum = (a + b + index) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + sum) | 0;
      words[index] = sum;
    }
    return new Uint8Array(words.buffer, skew, length);
  }

  /** Random letters from a to p. */
  word(length: number): string {
    const bytes = this.bytes(length);
    for (let index = 0; index < length; index += 1) bytes[index] = 97 + ((bytes[index] ?? 0) & 15);
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
  }
}
