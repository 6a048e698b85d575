/**
 * The same memory as a plain `Uint8Array`. A Node `Buffer` is a Uint8Array too, but its `slice` does not copy: code that
 * was written for the one is wrong for the other.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
