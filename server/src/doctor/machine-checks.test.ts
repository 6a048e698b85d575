import { expect, test } from 'vitest';
import { checkFiles, checkKernel, checkNode, checkSharedMemory } from './machine-checks.js';

test.each([
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.18.9', 'fail'],
  ['18.20.0', 'fail'],
])('Node.js %s: %s', (version, status) => {
  expect(checkNode(version).status).toBe(status);
});

test.each([
  ['linux', '5.14.0-1-amd64', 'ok'],
  ['linux', '6.1.2', 'ok'],
  ['linux', '5.4.0-150-generic', 'warn'],
  ['darwin', '24.0.0', 'warn'],
])('%s %s: %s', (platform, version, status) => {
  expect(checkKernel(platform, version).status).toBe(status);
});

test('shared memory that is not there fails; that one connection could fill is worth a warning', async () => {
  expect(await checkSharedMemory(1, '/no/such/folder')).toMatchObject({ status: 'fail', name: 'shared memory' });
  expect(await checkSharedMemory(1)).toMatchObject({ status: 'ok' });
  expect(await checkSharedMemory(2 ** 50)).toMatchObject({ status: 'warn' });
});

test('more sessions than descriptors is worth a warning with the number that fits', async () => {
  expect((await checkFiles(1)).status).toBe('ok');
  const check = await checkFiles(10_000_000);
  expect(check).toMatchObject({ status: 'warn' });
  expect(check.message).toMatch(/room for about \d+ sessions/);
});
