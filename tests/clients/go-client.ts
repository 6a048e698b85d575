import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SETUP = new URL('../../.setup/', import.meta.url);

/** What a program that has ended leaves behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool in Go that set-up has built. */
export class GoClient {
  readonly #program: string;
  /** Null: it is here. Otherwise `skipped: …` with the reason. */
  readonly whyNot: string | null;

  constructor(name: 'grpcurl' | 'grpc-health-probe' | 'ghz') {
    this.#program = fileURLToPath(new URL(`bin/${name}`, SETUP));
    this.whyNot = existsSync(this.#program) ? null : `skipped: no ${name}: ${whyNotBuilt()}`;
    if (this.whyNot !== null) console.log(this.whyNot);
  }

  /** Runs it to its end. It may fail: that is for the test to say. */
  run(args: readonly string[], input = ''): Promise<Finished> {
    const child = spawn(this.#program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr }));
    });
  }
}

function whyNotBuilt(): string {
  const file = new URL('peers.skipped', SETUP);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '`npm run setup -- --with peers` builds it';
}
