import { RemoteMediaError } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { causedBy, describeFailure, isBrokenConnection, withLogId } from './failures.js';

describe('failures', () => {
  it('are told from what only follows when the other end of a connection is gone', () => {
    const traceback =
      'Traceback (most recent call last):\n  …\nremotemedia._channel.ChannelError: edge 1 reached 0 receivers';
    expect(isBrokenConnection(new RemoteMediaError('internal', 'edge 1', { nodeId: 'a' }))).toBe(true);
    expect(isBrokenConnection(new RemoteMediaError('node.failed', 'x', { nodeId: 'a', details: { traceback } }))).toBe(
      true,
    );
    expect(isBrokenConnection(new RemoteMediaError('node.failed', 'ValueError: 1', { nodeId: 'a' }))).toBe(false);
    expect(isBrokenConnection(new RemoteMediaError('internal', 'a bug'))).toBe(false);
  });

  it('keep all their facts when they are marked', () => {
    const cause = new RemoteMediaError('process.crashed', 'died', { nodeId: 'a' });
    const later = new RemoteMediaError('node.failed', 'failed', { nodeId: 'b', hint: null, details: { exitCode: 1 } });
    expect(causedBy(later, cause)).toMatchObject({
      code: 'node.failed',
      nodeId: 'b',
      hint: null,
      details: { exitCode: 1, causedBy: { code: 'process.crashed', nodeId: 'a', message: 'died' } },
    });
    expect(withLogId(later).details.logId).toMatch(/^[0-9a-f]{12}$/);
  });

  it('are described in one line', () => {
    expect(describeFailure(new RemoteMediaError('node.failed', 'x'))).toBe('[node.failed] x');
    expect(describeFailure(new TypeError('y'))).toBe('TypeError: y');
    expect(describeFailure('z')).toBe('z');
  });
});
