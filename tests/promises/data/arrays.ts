import type { NumpyData, TensorData } from '@remotemedia/contract';
import type { Random } from './random.js';

type Fields<T> = Omit<T, 'metadata'>;
type List<T> = readonly [T, ...T[]];

/** Wire number of a tensor dtype, and bytes of an item; 0 is the dtype that its sender left out. */
const TENSOR_DTYPES = [
  [1, 4],
  [2, 2],
  [3, 4],
  [4, 1],
  [5, 1],
  [0, 1],
] as const satisfies List<readonly [dtype: number, bytes: number]>;

/** As numpy writes them, with the bytes of an item. */
const NUMPY_DTYPES = [
  ['bool', 1],
  ['int8', 1],
  ['uint8', 1],
  ['int16', 2],
  ['uint16', 2],
  ['int32', 4],
  ['uint32', 4],
  ['int64', 8],
  ['uint64', 8],
  ['float16', 2],
  ['float32', 4],
  ['float64', 8],
  ['complex64', 8],
  ['complex128', 16],
  ['datetime64[us]', 8],
  ['timedelta64[ns]', 8],
  ['<U3', 12],
  ['|S5', 5],
  ['<f4', 4],
  ['>f8', 8],
] as const satisfies List<readonly [dtype: string, bytes: number]>;

const LAYOUTS = ['c', 'fortran', 'reversed', 'padded', 'left out'] as const;

/** About `size` bytes; every dtype, 0 to 4 axes. */
export function tensor(random: Random, size: number, variant: number): Fields<TensorData> {
  const [dtype, itemBytes] = at(TENSOR_DTYPES, variant);
  const shape = shapeOf(random, Math.floor(size / itemBytes), Math.floor(variant / TENSOR_DTYPES.length));
  const data = random.bytes(product(shape) * itemBytes);
  return { kind: 'tensor', data, shape, dtype, layout: random.pick(['', 'NCHW', 'NHWC']) };
}

/** About `size` bytes; every dtype, 0 to 4 axes, and the layouts that numpy can have in memory. */
export function numpy(random: Random, size: number, variant: number): Fields<NumpyData> {
  const [dtype, itemBytes] = at(NUMPY_DTYPES, variant);
  const rank = Math.floor(variant / NUMPY_DTYPES.length);
  const shape = shapeOf(random, Math.floor(size / itemBytes), rank);
  const layout = at(LAYOUTS, Math.floor(variant / (NUMPY_DTYPES.length * 5)));
  const inOrder = cStrides(shape, itemBytes);
  const plain = { kind: 'numpy', data: random.bytes(product(shape) * itemBytes), dtype, shape } as const;
  const degenerate = shape.filter((length) => length > 1).length < 2 || shape.includes(0);
  switch (layout) {
    case 'c':
      return { ...plain, strides: inOrder, cContiguous: true, fContiguous: degenerate };
    case 'left out':
      return { ...plain, strides: [], cContiguous: false, fContiguous: false };
    case 'fortran': {
      const strides = cStrides([...shape].reverse(), itemBytes).reverse();
      return { ...plain, strides, cContiguous: degenerate, fContiguous: true };
    }
    case 'reversed':
      return { ...plain, strides: inOrder.map((stride) => -stride), cContiguous: false, fContiguous: false };
    case 'padded': {
      // Every second item along the last axis is there and is not meant.
      const data = random.bytes(product(shape) * itemBytes * 2);
      return { ...plain, data, strides: inOrder.map((stride) => stride * 2), cContiguous: false, fContiguous: false };
    }
  }
}

/** At most `items` items along 0 to 4 axes; no axes is one item, whatever `items` is. */
function shapeOf(random: Random, items: number, rank: number): number[] {
  switch (rank % 5) {
    case 0:
      return [items];
    case 1: {
      const rows = 1 + random.below(Math.max(1, Math.min(items, 64)));
      return [rows, Math.floor(items / rows)];
    }
    case 2:
      return [2, Math.floor(items / 6), 3];
    case 3:
      return [1, 2, Math.floor(items / 4), 2];
    default:
      return items === 0 ? [0, 3] : [];
  }
}

/** Bytes from one item to the next along each axis, last axis densest; numpy counts an empty axis as one of length 1. */
function cStrides(shape: readonly number[], itemBytes: number): number[] {
  let stride = itemBytes;
  return shape
    .toReversed()
    .map((length) => {
      const own = stride;
      stride *= Math.max(1, length);
      return own;
    })
    .reverse();
}

function product(shape: readonly number[]): number {
  return shape.reduce((items, length) => items * length, 1);
}

function at<T extends List<unknown>>(list: T, index: number): T[number] {
  return list[index % list.length] ?? list[0];
}
