import { expect, test } from 'vitest';
import { checkClientVersion, describeCompatibility } from './client-version.js';

test('a client of another protocol is refused with both versions', () => {
  expect(() => checkClientVersion('v2')).toThrow(
    expect.objectContaining({ code: 'client.version_mismatch', message: expect.stringMatching(/'v2'.*protocol v1/) }),
  );
});

test('a client that says nothing, or v1, is served', () => {
  for (const version of ['', 'v1', 'v1.3', '1.0']) checkClientVersion(version);
  expect(describeCompatibility('1.0')).toBe('Compatible with protocol v1');
});
