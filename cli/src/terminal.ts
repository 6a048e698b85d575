/** Where a command reads from and writes to: the real process, or a test's stand-in. */
export interface Terminal {
  /** Results. */
  readonly stdout: TextOutput;
  /** Progress, warnings and errors. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first SIGINT or SIGTERM; its reason is the signal's name. */
  readonly signal: AbortSignal;
}

export interface TextOutput {
  write(text: string): unknown;
  /** Whether a person watches, so that lines may be redrawn. */
  readonly isTerminal: boolean;
  /** Characters per line. */
  readonly columns: number;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
const DEFAULT_COLUMNS = 80;

/** The terminal of this process. The second signal ends it at once, for whoever does not want to wait. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(SIGNAL_EXIT_CODES[name]);
      interruption.abort(name);
    });
  }
  return {
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    env: process.env,
    signal: interruption.signal,
  };
}

function streamOutput(stream: NodeJS.WriteStream): TextOutput {
  return {
    write: (text) => stream.write(text),
    isTerminal: stream.isTTY === true && process.env['TERM'] !== 'dumb',
    get columns() {
      return stream.columns ?? DEFAULT_COLUMNS;
    },
  };
}

/** One JSON object on a line of its own. */
export function writeJson(output: TextOutput, value: object): void {
  output.write(`${JSON.stringify(value)}\n`);
}
