import { expect, test } from 'vitest';
import { holdLock } from './lock.mjs';
import { isAtLeast } from './requirements.mjs';
import { contentHash } from './stamp.mjs';

test.each([
  ['3.11.0', '3.11', true],
  ['3.9.18', '3.11', false],
  ['4.0', '3.11', true],
  ['1.89', '1.89.1', false],
])('version %s is at least %s: %s', (version, floor, expected) => {
  expect(isAtLeast(version, floor)).toBe(expected);
});

test('a second set-up waits until the first has released the lock', async () => {
  /** @type {string[]} */
  const order = [];
  const release = await holdLock(() => order.push('first waits'));
  /** @type {() => void} */
  let onWait = () => {};
  const waits = new Promise((resolve) => {
    onWait = () => resolve(undefined);
  });
  const second = holdLock(onWait).then((releaseSecond) => {
    order.push('second holds');
    return releaseSecond();
  });
  await waits;
  order.push('first releases');
  await release();
  await second;
  expect(order).toEqual(['first releases', 'second holds']);
});

test('a hash depends on content and facts, and a missing folder is no error', () => {
  const hash = contentHash(['scripts/setup'], ['linux']);
  expect(contentHash(['scripts/setup'], ['linux'])).toBe(hash);
  expect(contentHash(['scripts/setup'], ['darwin'])).not.toBe(hash);
  expect(contentHash(['scripts/setup'], ['linux'], /\.json$/)).not.toBe(hash);
  expect(contentHash(['scripts/no-such-folder'], [])).toBe(contentHash([], []));
});
