import {
  alignedBytes,
  bytesOf,
  type Metadata,
  type NumpyData,
  RemoteMediaError,
  type TensorData,
  wire,
} from '@remotemedia/contract';

const ARRAYS = {
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

type ItemCode = keyof typeof ARRAYS;

/** A typed array whose items numpy knows too. */
export type NumberArray = InstanceType<(typeof ARRAYS)[ItemCode]>;

/** A typed array whose items a tensor can have. */
export type TensorArray = Float32Array | Int32Array | Int8Array | Uint8Array;

/** Long names of numpy's dtypes; a bool is a byte of 0 or 1. */
const LONG_NAMES: Readonly<Record<string, ItemCode>> = {
  bool: 'u1',
  b1: 'u1',
  int8: 'i1',
  uint8: 'u1',
  int16: 'i2',
  uint16: 'u2',
  int32: 'i4',
  uint32: 'u4',
  int64: 'i8',
  uint64: 'u8',
  float32: 'f4',
  float64: 'f8',
};

const TENSOR_CODES: Readonly<Record<number, ItemCode>> = {
  [wire.TensorDtype.F32]: 'f4',
  [wire.TensorDtype.I32]: 'i4',
  [wire.TensorDtype.I8]: 'i1',
  [wire.TensorDtype.U8]: 'u1',
};

/** What an array's items do not say themselves. */
export interface ArrayOptions {
  /** Items along each axis, the last the densest. Default: one axis. */
  readonly shape?: readonly number[];
  readonly metadata?: Metadata;
}

/**
 * A tensor over the array's items, which are not copied.
 *
 * @throws RemoteMediaError `input.invalid` for a shape with another number of items.
 */
export function tensorFromArray(
  array: TensorArray,
  options: ArrayOptions & { readonly layout?: string } = {},
): TensorData {
  const { layout = '', metadata = {} } = options;
  const shape = checkShape(array.length, options.shape);
  return { kind: 'tensor', data: bytesOf(array), shape, dtype: tensorDtypeOf(array), layout, metadata };
}

/**
 * The tensor's items: a view where the bytes allow it, so do not write into it.
 *
 * @throws RemoteMediaError `input.invalid` for a dtype without a typed array (f16), and bytes that do not fill the shape.
 */
export function tensorToArray({ data, dtype, shape }: TensorData): NumberArray {
  const code = TENSOR_CODES[dtype];
  if (code === undefined) throw noArray(`A tensor of dtype ${dtype}`);
  return viewItems(data, code, shape);
}

/**
 * A numpy array over the array's items, which are not copied.
 *
 * @throws RemoteMediaError `input.invalid` for a shape with another number of items.
 */
export function numpyFromArray(array: NumberArray, options: ArrayOptions = {}): NumpyData {
  const shape = checkShape(array.length, options.shape);
  const code = codeOf(array);
  const isFlat = shape.filter((length) => length > 1).length < 2;
  return {
    kind: 'numpy',
    data: bytesOf(array),
    shape,
    dtype: array.BYTES_PER_ELEMENT === 1 ? `|${code}` : `<${code}`,
    strides: cStrides(shape, array.BYTES_PER_ELEMENT),
    cContiguous: true,
    fContiguous: isFlat || array.length === 0,
    metadata: options.metadata ?? {},
  };
}

/**
 * The array's items in C order, the last axis the densest: a view where they lie like that, so do not write into it.
 *
 * @throws RemoteMediaError `input.invalid` for a dtype without a typed array, bytes that do not fill the shape, and an array
 *   that is not in C order.
 */
export function numpyToArray({ data, dtype, shape, strides }: NumpyData): NumberArray {
  const name = dtype.replace(/^[<|=]/, '');
  const code = LONG_NAMES[name] ?? (isItemCode(name) ? name : undefined);
  if (code === undefined) throw noArray(`A numpy array of dtype ${dtype}`);
  const inOrder = cStrides(shape, ARRAYS[code].BYTES_PER_ELEMENT);
  // An axis of one item, or an array of none, may have any stride.
  const isInOrder = strides.every((stride, axis) => shape[axis] === 1 || stride === inOrder[axis]);
  if (!isInOrder && !shape.includes(0)) {
    const message = `The numpy array is not in C order: strides ${strides.join(', ')} for shape ${shape.join(' × ')}`;
    throw invalid(message, 'Let the node give numpy.ascontiguousarray(array), or read data with its strides.');
  }
  return viewItems(data, code, shape);
}

function viewItems(data: Uint8Array, code: ItemCode, shape: readonly number[]): NumberArray {
  const itemBytes = ARRAYS[code].BYTES_PER_ELEMENT;
  const items = product(shape);
  if (data.byteLength !== items * itemBytes) {
    const needed = `${items * itemBytes} bytes of shape ${shape.join(' × ')}`;
    throw invalid(`The array has ${data.byteLength} bytes instead of the ${needed}`, 'Check shape and dtype.');
  }
  const { buffer, byteOffset } = alignedBytes(data, itemBytes);
  const Items: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NumberArray = ARRAYS[code];
  return new Items(buffer, byteOffset, items);
}

function checkShape(items: number, shape: readonly number[] = [items]): number[] {
  if (product(shape) === items) return [...shape];
  throw invalid(`${items} items do not fill the shape ${shape.join(' × ')}`, 'Give a shape of as many items.');
}

function codeOf(array: NumberArray): ItemCode {
  const kind = array instanceof Float32Array || array instanceof Float64Array ? 'f' : isUnsigned(array) ? 'u' : 'i';
  const code = `${kind}${array.BYTES_PER_ELEMENT}`;
  if (isItemCode(code)) return code;
  throw noArray(`An array of items ${code}`);
}

function isUnsigned(array: NumberArray): boolean {
  return [Uint8Array, Uint16Array, Uint32Array, BigUint64Array].some((type) => array instanceof type);
}

function tensorDtypeOf(array: TensorArray): number {
  if (array instanceof Float32Array) return wire.TensorDtype.F32;
  if (array instanceof Int32Array) return wire.TensorDtype.I32;
  return array instanceof Int8Array ? wire.TensorDtype.I8 : wire.TensorDtype.U8;
}

function isItemCode(text: string): text is ItemCode {
  return Object.hasOwn(ARRAYS, text);
}

/** Bytes from one item to the next along each axis, the last axis the densest. */
function cStrides(shape: readonly number[], itemBytes: number): number[] {
  return shape.map((_, axis) => itemBytes * product(shape.slice(axis + 1).map((length) => Math.max(1, length))));
}

function product(shape: readonly number[]): number {
  return shape.reduce((items, length) => items * length, 1);
}

function noArray(what: string): RemoteMediaError {
  return invalid(`${what} has no typed array`, 'Read its bytes from data.');
}

function invalid(message: string, hint: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', message, { hint });
}
