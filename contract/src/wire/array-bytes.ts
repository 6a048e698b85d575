/** The bytes of a typed array, not copied. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The same bytes where a typed array of items of `itemBytes` can see them; those out of a message may start anywhere. */
export function alignedBytes(bytes: Uint8Array, itemBytes: number): Uint8Array {
  // Not `slice` of the argument itself: on a Buffer it makes another view, not a copy.
  return bytes.byteOffset % itemBytes === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
}
