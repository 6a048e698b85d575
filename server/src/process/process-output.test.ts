import { describe, expect, it } from 'vitest';
import { createLogger } from '../observe/logger.js';
import { MAX_LOGGED_LINES_PER_SECOND, type OutputLine, ProcessOutput } from './process-output.js';

function output(): { output: ProcessOutput; logged: string[]; lines: OutputLine[]; clock: { now: number } } {
  const logged: string[] = [];
  const lines: OutputLine[] = [];
  const clock = { now: 0 };
  const log = createLogger({ level: 'info', format: 'text', writer: { write: (text) => logged.push(text) } });
  const options = { log, onLine: (line: OutputLine) => lines.push(line), now: () => clock.now };
  return { output: new ProcessOutput(options), logged, lines, clock };
}

describe('ProcessOutput', () => {
  it('logs both streams line by line, the unfinished last one too', () => {
    const { output: process, logged, lines } = output();
    process.stdout.push(Buffer.from('hello\nwor'));
    process.stderr.push(Buffer.from('warning\n'));
    process.stdout.push(Buffer.from('ld'));
    process.end();
    expect(logged).toEqual(['[INFO] hello\n', '[INFO] warning\n', '[INFO] world\n']);
    expect(lines.map(({ stream }) => stream)).toEqual(['stdout', 'stderr', 'stdout']);
  });

  it('shows a progress bar as a terminal would, without colours', () => {
    const { output: process, logged } = output();
    process.stderr.push(Buffer.from('10 %\r50 %\r\u001b[32m100 %\u001b[0m\r\n'));
    expect(logged).toEqual(['[INFO] 100 %\n']);
  });

  it('remembers the last 50 lines of stderr and no more than 16 KiB of them', () => {
    const { output: process } = output();
    for (let line = 1; line <= 80; line += 1) process.stderr.push(Buffer.from(`line ${line}\n`));
    expect(process.stderrTail).toHaveLength(50);
    expect(process.stderrTail[0]).toBe('line 31');
    for (let line = 1; line <= 9; line += 1) process.stderr.push(Buffer.from(`${'x'.repeat(4000)}${line}\n`));
    expect(process.stderrTail.map((line) => line.at(-1))).toEqual(['6', '7', '8', '9']);
  });

  it('cuts a line that is too long and says by how much', () => {
    const { output: process, logged } = output();
    process.stdout.push(Buffer.from(`${'x'.repeat(10_000)}\n`));
    expect(logged[0]).toMatch(/x… \(1808 bytes cut\)\n$/);
  });

  it('counts instead of logging when there are too many lines, and still tells them all', () => {
    const { output: process, logged, lines, clock } = output();
    process.stdout.push(Buffer.from('flood\n'.repeat(MAX_LOGGED_LINES_PER_SECOND + 20)));
    expect(logged).toHaveLength(MAX_LOGGED_LINES_PER_SECOND);
    clock.now = 1000;
    process.stdout.push(Buffer.from('calm\n'));
    expect(logged.slice(-2)).toEqual(['[WARN] 20 lines of output left out: more than 500 a second\n', '[INFO] calm\n']);
    expect(lines).toHaveLength(MAX_LOGGED_LINES_PER_SECOND + 21);
  });
});
