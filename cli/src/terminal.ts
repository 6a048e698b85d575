/** Where a command reads from and writes to: the real process, or a test's stand-in. */
export interface Terminal {
  /** Results. */
  readonly stdout: TextOutput;
  /** Progress, warnings and errors. */
  readonly stderr: TextOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Sets what a second signal does before the process ends. Without it, or when it takes long, it ends at once. */
  onSecondSignal(hasten: () => Promise<unknown>): void;
}

export interface TextOutput {
  write(text: string): unknown;
  /** Whether a person watches, so that lines may be redrawn. */
  readonly isTerminal: boolean;
  /** Characters per line. */
  readonly columns: number;
}

const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const SIGPIPE_EXIT_CODE = 141;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
/** Killed processes are gone sooner than this, and nobody signals twice in order to wait. */
const HASTEN_MS = 1000;
const DEFAULT_COLUMNS = 80;

/** The terminal of this process. The second signal ends it, for whoever does not want to wait; a third not even tidily. */
export function processTerminal(): Terminal {
  const interruption = new AbortController();
  let hasten: (() => Promise<unknown>) | null = null;
  const end = (exitCode: number): void => {
    const tidyUp = hasten;
    hasten = null;
    if (tidyUp === null) process.exit(exitCode);
    const exit = (): void => process.exit(exitCode);
    setTimeout(exit, HASTEN_MS);
    tidyUp().then(exit, exit);
  };
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (interruption.signal.aborted) end(SIGNAL_EXIT_CODES[name]);
      else interruption.abort(name);
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      // A reader or a terminal that is gone is no reason to leave a service without tidying up.
      if (hasten !== null || interruption.signal.aborted) return;
      // `nodes list | head`: whoever reads has enough.
      if ('code' in error && error.code === 'EPIPE') process.exit(SIGPIPE_EXIT_CODE);
      throw error;
    });
  }
  return {
    stdout: streamOutput(process.stdout),
    stderr: streamOutput(process.stderr),
    env: process.env,
    signal: interruption.signal,
    onSecondSignal: (wanted) => {
      hasten = wanted;
    },
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
