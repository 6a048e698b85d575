import { RemoteMediaError } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import type { LogLevel } from './level.js';
import { createLogger, type LogFormat, type Logger } from './logger.js';

function logger(format: LogFormat, level: LogLevel = 'debug'): { log: Logger; written: string[] } {
  const written: string[] = [];
  return { log: createLogger({ level, format, writer: { write: (text) => written.push(text) } }), written };
}

describe('a logger in text', () => {
  it("writes the seed's lines", () => {
    const { log, written } = logger('text');
    const session = log.child({ session: 'abc123' });
    session.info('Spawning process for node whisper_asr', { node: 'whisper_asr' });
    session.plain.debug('Process 12345 (whisper_asr) terminated', { node: 'whisper_asr', pid: 12345 });
    log.info('Executor registry initialized: 3 Python nodes registered');
    expect(written).toEqual([
      '[INFO] Session abc123: Spawning process for node whisper_asr\n',
      '[DEBUG] Process 12345 (whisper_asr) terminated\n',
      '[INFO] Executor registry initialized: 3 Python nodes registered\n',
    ]);
  });

  it('names the node in lines of its own', () => {
    const { log, written } = logger('text');
    log.child({ session: 's1' }).child({ node: 'asr' }).warn('low memory');
    expect(written).toEqual(['[WARN] Session s1: Node asr: low memory\n']);
  });

  it('leaves out lines below its level', () => {
    const { log, written } = logger('text', 'warn');
    log.info('not this');
    log.error('but this');
    expect(written).toEqual(['[ERROR] but this\n']);
    expect(log.enables('info')).toBe(false);
  });

  it('lets no quoted text pass for a line of its own', () => {
    const { log, written } = logger('text');
    log.child({ session: 'x\n[ERROR] forged' }).info('a\u001b[31m\r\nb');
    expect(written).toEqual(['[INFO] Session x\n    [ERROR] forged: a[31m\n    b\n']);
  });

  it('lets no character through that steers a terminal or ends a line somewhere', () => {
    const text = logger('text');
    text.log.info('a\u009b31m\u0085b\u2028c\u007f\u0000');
    expect(text.written).toEqual(['[INFO] a31mb\n    c\n']);
    const json = logger('json');
    json.log.info('a\u009b31m\u0085b\u2028c\u007f\u0000', { session: '\u009b' });
    expect(json.written[0]).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(json.written[0] ?? '')).toMatchObject({
      session: '\u009b',
      msg: 'a\u009b31m\u0085b\u2028c\u007f\u0000',
    });
  });

  it('shows the stack of an error that goes with a line', () => {
    const { log, written } = logger('text');
    log.error('it broke', { err: new RangeError('too far') });
    expect(written[0]).toMatch(/^\[ERROR\] it broke: RangeError: too far\n {8}at /);
  });

  it('shows the traceback or the last lines of stderr that belong to an error', () => {
    const { log, written } = logger('text');
    log.error('Node a failed', { details: { traceback: 'Traceback:\n  line 3\n', stderr: ['noise'] } });
    const crash = new RemoteMediaError('process.crashed', 'Process 7 was killed', { details: { stderr: ['a', 'b'] } });
    log.error('it broke', { err: crash });
    expect(written).toEqual([
      '[ERROR] Node a failed\n    Traceback:\n      line 3\n',
      '[ERROR] it broke: Process 7 was killed\n    a\n    b\n',
    ]);
  });
});

describe('a logger in JSON', () => {
  it('writes one object per line with session, node and pid as fields', () => {
    const { log, written } = logger('json');
    log.child({ session: 'abc123' }).child({ node: 'asr', pid: 7 }).info('hello', { stream: 'stdout' });
    expect(written).toHaveLength(1);
    const line: unknown = JSON.parse(written[0] ?? '');
    expect(line).toMatchObject({
      level: 'info',
      session: 'abc123',
      node: 'asr',
      pid: 7,
      stream: 'stdout',
      msg: 'hello',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it('leaves out lines below its level', () => {
    const { log, written } = logger('json', 'silent');
    log.error('not even this');
    expect(written).toEqual([]);
  });
});
