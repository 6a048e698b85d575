import { expect, test } from 'vitest';
import { LargeBuffers } from './large-buffers.js';

test('memory is as long as asked for, and nobody else has it', () => {
  const buffers = new LargeBuffers();
  const first = buffers.lend(100_000);
  const second = buffers.lend(100_000);
  expect(first.bytes).toHaveLength(100_000);
  expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
});

test('what is given back is used again, and who kept it sees nothing', () => {
  const buffers = new LargeBuffers();
  const first = buffers.lend(100_000);
  const size = first.bytes.buffer.byteLength;
  first.bytes.fill(7);
  first.giveBack();
  expect(first.bytes).toHaveLength(0);
  const second = buffers.lend(99_000);
  expect(second.bytes).toHaveLength(99_000);
  expect(second.bytes.buffer.byteLength).toBe(size);
  expect(second.bytes.every((byte) => byte === 7)).toBe(true);
});
