import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Domain } from '@remotemedia/channel';

export const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

export type Facts = Readonly<Record<string, unknown>> & { readonly type: string };

/** Edges that a peer reads and writes, and what its program wants to know besides. */
export interface PeerOptions {
  readonly inbox: number;
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
  readonly [fact: string]: unknown;
}

/** A Python program of `peers/` at one inbox of a domain. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<unknown[]>;
  #stderr = '';

  private constructor(program: string) {
    this.#child = spawn(PYTHON, [fileURLToPath(new URL(`peers/${program}`, import.meta.url))], {
      // A pipe at 3 is a socket pair: control goes both ways.
      stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
      detached: true,
    });
    this.#control = this.#child.stdio[3] as Duplex;
    this.#lines = createInterface({ input: this.#control })[Symbol.asyncIterator]();
    this.#exited = once(this.#child, 'close');
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  /** Starts the program and lets it open its ends of the domain. */
  static async start(program: string, domain: Domain, options: PeerOptions): Promise<Peer> {
    const peer = new Peer(program);
    const { root, prefix } = domain;
    peer.order({ root, prefix, inputs: [], outputs: [], ...options });
    await peer.expect('wired');
    return peer;
  }

  /** Starts several at once and tells them to begin when all are wired. */
  static async startAll<const T extends readonly (readonly [program: string, options: PeerOptions])[]>(
    domain: Domain,
    programs: T,
  ): Promise<{ -readonly [K in keyof T]: Peer }> {
    const peers = await Promise.all(programs.map(([program, options]) => Peer.start(program, domain, options)));
    for (const peer of peers) peer.order({ type: 'go' });
    return peers as { -readonly [K in keyof T]: Peer };
  }

  order(line: Readonly<Record<string, unknown>>): void {
    this.#control.write(`${JSON.stringify(line)}\n`);
  }

  /** The next line, which must be of this type. */
  async expect(type: string): Promise<Facts> {
    const facts = await this.next();
    if (facts.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(facts)}`);
    return facts;
  }

  async next(): Promise<Facts> {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value) as Facts;
    const [code, signal] = await this.#exited;
    throw new Error(`the peer ended with ${signal ?? code}: ${this.#stderr}`);
  }

  /** The next line of this type; those before it are counted and left out. */
  async skipTo(type: string): Promise<Facts & { readonly skipped: number }> {
    for (let skipped = 0; ; skipped += 1) {
      const facts = await this.next();
      if (facts.type === type) return { ...facts, skipped };
    }
  }

  /** Its exit code or signal, and what it printed to stderr. */
  async exit(): Promise<{ code: unknown; signal: unknown; stderr: string }> {
    const [code, signal] = await this.#exited;
    return { code, signal, stderr: this.#stderr };
  }

  /** For the end of a test, whatever became of the peer. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

export const CLEAN_EXIT = { code: 0, signal: null, stderr: '' };
