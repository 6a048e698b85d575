import type { RuntimeData } from '@remotemedia/contract';
import { expect, it } from 'vitest';
import { frameBytes } from './frame-bytes.js';

it('counts what a client can fill besides the body', () => {
  const bare: RuntimeData = { kind: 'binary', data: new Uint8Array(10), mimeType: '', metadata: {} };
  const laden: RuntimeData = { ...bare, mimeType: 'x'.repeat(100), metadata: { key: 'v'.repeat(1000) } };
  expect(frameBytes(bare)).toBe(10);
  expect(frameBytes(laden)).toBe(10 + 100 + 3 + 1000);
  const parts = new Map([['a', laden]]);
  expect(frameBytes({ kind: 'composite', buffers: parts, metadata: {} })).toBe(1 + frameBytes(laden));
});
