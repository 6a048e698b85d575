import { describe, expect, test } from 'vitest';
import { numpyFromArray, numpyToArray, tensorFromArray, tensorToArray } from './arrays.js';

const ARRAYS = [
  ['|i1', Int8Array.of(-128, 127)],
  ['|u1', Uint8Array.of(0, 255)],
  ['<i2', Int16Array.of(-32_768, 1)],
  ['<u2', Uint16Array.of(65_535, 1)],
  ['<i4', Int32Array.of(-1, 2)],
  ['<u4', Uint32Array.of(0xffffffff, 2)],
  ['<i8', BigInt64Array.of(-(2n ** 63n), 1n)],
  ['<u8', BigUint64Array.of(2n ** 64n - 1n, 1n)],
  ['<f4', Float32Array.of(0.1, Number.NaN)],
  ['<f8', Float64Array.of(0.1, -0)],
] as const;

describe('numpy arrays', () => {
  test.each(ARRAYS)('of dtype %s keep every bit', (dtype, array) => {
    const data = numpyFromArray(array, { shape: [2, 1] });
    const itemBytes = array.BYTES_PER_ELEMENT;
    expect(data).toMatchObject({ dtype, shape: [2, 1], strides: [itemBytes, itemBytes], cContiguous: true });
    expect(numpyToArray(data)).toStrictEqual(array);
    const shifted = Buffer.concat([Buffer.alloc(3), data.data]).subarray(3);
    expect(numpyToArray({ ...data, data: shifted })).toStrictEqual(array);
  });

  test.each(['float32', '=f4', 'f4'])('may name the dtype %s', (dtype) => {
    const data = { ...numpyFromArray(Float32Array.of(1, 2)), dtype };
    expect(numpyToArray(data)).toStrictEqual(Float32Array.of(1, 2));
  });

  test('have the shape that is given, or one axis', () => {
    const array = new Float64Array(24);
    expect(numpyFromArray(array)).toMatchObject({ shape: [24], strides: [8], fContiguous: true });
    expect(numpyFromArray(array, { shape: [2, 3, 4] })).toMatchObject({ strides: [96, 32, 8], fContiguous: false });
    expect(numpyFromArray(array.subarray(0, 1), { shape: [] })).toMatchObject({ shape: [], strides: [] });
    expect(() => numpyFromArray(array, { shape: [5, 5] })).toThrow('24 items do not fill the shape 5 × 5');
  });

  test('may be empty, and leave their strides out', () => {
    expect(numpyToArray(numpyFromArray(new Int32Array(), { shape: [0, 3] }))).toStrictEqual(new Int32Array());
    expect(numpyToArray({ ...numpyFromArray(Int32Array.of(7)), strides: [] })).toStrictEqual(Int32Array.of(7));
  });

  test('are refused where a typed array would show something else', () => {
    const data = numpyFromArray(new Float32Array(6), { shape: [2, 3] });
    expect(() => numpyToArray({ ...data, strides: [4, 8] })).toThrow('not in C order: strides 4, 8 for shape 2 × 3');
    expect(() => numpyToArray({ ...data, dtype: '>f4' })).toThrow('dtype >f4 has no typed array');
    expect(() => numpyToArray({ ...data, dtype: '<f2' })).toThrow('dtype <f2 has no typed array');
    expect(() => numpyToArray({ ...data, shape: [2, 2], strides: [8, 4] })).toThrow('24 bytes instead of the 16');
  });
});

describe('tensors', () => {
  test.each([
    [1, Float32Array.of(0.5, -1)],
    [3, Int32Array.of(-1, 1)],
    [4, Int8Array.of(-1, 1)],
    [5, Uint8Array.of(255, 1)],
  ])('of dtype %i keep every bit', (dtype, array) => {
    const data = tensorFromArray(array, { shape: [1, 2], layout: 'NC' });
    expect(data).toMatchObject({ dtype, shape: [1, 2], layout: 'NC' });
    expect(tensorToArray(data)).toStrictEqual(array);
  });

  test('of 16-bit floats have no typed array', () => {
    expect(() => tensorToArray({ ...tensorFromArray(Uint8Array.of(0, 0)), dtype: 2 })).toThrow('has no typed array');
  });
});
