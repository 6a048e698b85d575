import { ERROR_TABLE, type ErrorCode, RemoteMediaError } from '@remotemedia/contract';
import { describe, expect, test } from 'vitest';
import { EXIT, EXIT_MEANINGS, exitCodeOf } from './exit-codes.js';

const codeOf = (code: ErrorCode): number => exitCodeOf(new RemoteMediaError(code, 'x'));

describe('exitCodeOf', () => {
  test.each([
    ['manifest.cycle', EXIT.manifestInvalid],
    ['limit.processes', EXIT.limit],
    ['service.unreachable', EXIT.unavailable],
    ['config.invalid', EXIT.usage],
    ['process.init_timeout', EXIT.pipelineFailed],
    ['node.failed', EXIT.pipelineFailed],
    ['session.cancelled', EXIT.interrupted],
    ['session.deadline', EXIT.pipelineFailed],
    ['internal', EXIT.internal],
  ] as const)('%s is exit code %i', (code, exitCode) => {
    expect(codeOf(code)).toBe(exitCode);
  });

  test('every error code has a documented exit code, and none means success', () => {
    const documented = new Set<number>(EXIT_MEANINGS.map(([code]) => code));
    for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
      expect(documented).toContain(codeOf(code));
      expect(codeOf(code)).not.toBe(EXIT.ok);
    }
  });
});
