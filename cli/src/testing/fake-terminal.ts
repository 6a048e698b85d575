import type { Terminal } from '../terminal.js';

/** A terminal that keeps what is written to it. */
export function fakeTerminal({ isTerminal = false, columns = 100 } = {}) {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal,
    columns,
  });
  const signal = new AbortController().signal;
  const terminal: Terminal = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: {},
    signal,
    onSecondSignal: () => undefined,
  };
  return { written, terminal };
}
