import { describe, expect, it } from 'vitest';
import { resolveLogLevel } from './level.js';

describe('resolveLogLevel', () => {
  it('is info where nobody says anything', () => {
    expect(resolveLogLevel(null, {})).toEqual({ level: 'info', source: 'default', problem: null });
  });

  it('takes the option before REMOTEMEDIA_LOG before RUST_LOG', () => {
    const env = { REMOTEMEDIA_LOG: 'warn', RUST_LOG: 'debug' };
    expect(resolveLogLevel('error', env).level).toBe('error');
    expect(resolveLogLevel(null, env)).toMatchObject({ level: 'warn', source: 'REMOTEMEDIA_LOG' });
    expect(resolveLogLevel(null, { RUST_LOG: 'debug' })).toMatchObject({ level: 'debug', source: 'RUST_LOG' });
  });

  it.each([
    ['DEBUG', 'debug'],
    ['info,h2=warn', 'info'],
    ['remotemedia=trace,h2=off', 'trace'],
    ['off', 'silent'],
    ['warning', 'warn'],
  ])('reads RUST_LOG=%s as %s', (value, level) => {
    expect(resolveLogLevel(null, { RUST_LOG: value }).level).toBe(level);
  });

  it('skips a value that names no level, and says so', () => {
    const resolved = resolveLogLevel(null, { REMOTEMEDIA_LOG: 'loud', RUST_LOG: 'debug' });
    expect(resolved).toMatchObject({ level: 'debug', source: 'RUST_LOG' });
    expect(resolved.problem).toContain('REMOTEMEDIA_LOG=loud');
  });
});
