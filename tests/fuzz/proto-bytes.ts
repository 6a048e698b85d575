/** Writes the protobuf wire format by hand, so that everything can be written that no library would. */

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(
    64,
    typeof value === 'bigint' ? value : BigInt(Math.trunc(Number.isFinite(value) ? value : 0)),
  );
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left === 0n ? low : low | 0x80);
  } while (left !== 0n);
  return Buffer.from(bytes);
}

/** A field with a number. */
export function numberField(field: number, value: number | bigint): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

/** A field with bytes, a text or a message. */
export function bytesField(field: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.byteLength), bytes]);
}

export function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
}

/** A `google.protobuf.Value`. What JSON lacks becomes null. */
export function protoValue(value: unknown): Buffer {
  switch (typeof value) {
    case 'number':
      return doubleField(2, value);
    case 'string':
      return bytesField(3, value);
    case 'boolean':
      return numberField(4, value ? 1 : 0);
    case 'object':
      if (value === null) return numberField(1, 0);
      if (Array.isArray(value))
        return bytesField(6, Buffer.concat(value.map((item) => bytesField(1, protoValue(item)))));
      return bytesField(5, protoStruct(value as Record<string, unknown>));
    default:
      return numberField(1, 0);
  }
}

/** A `google.protobuf.Struct`. */
export function protoStruct(object: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.concat(Object.entries(object).map(([key, value]) => bytesField(1, mapEntry(key, protoValue(value)))));
}

export function mapEntry(key: string, value: Uint8Array): Buffer {
  return Buffer.concat([bytesField(1, key), bytesField(2, value)]);
}
