import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenEntry } from '@remotemedia/contract';

/** A token that the service knows; what it is itself, nobody keeps. */
export interface KnownToken {
  readonly name: string;
  /** Milliseconds since 1970; null: never. */
  readonly expiresMs: number | null;
  /** Null is no limit. */
  readonly maxSessions: number | null;
  readonly maxProcesses: number | null;
}

/** All tokens of a service, as hashes. */
export class TokenList {
  readonly #tokens: readonly (KnownToken & { readonly hash: Buffer })[];

  constructor(entries: readonly TokenEntry[]) {
    this.#tokens = entries.map(({ token, sha256, ...facts }) => ({ ...facts, hash: hashOf(token, sha256) }));
  }

  get size(): number {
    return this.#tokens.length;
  }

  /** The token that was sent; it takes the same time whichever it is, and whether or not it is one. */
  find(sent: string): KnownToken | null {
    const hash = hashOf(sent, null);
    let found: KnownToken | null = null;
    for (const token of this.#tokens) {
      if (timingSafeEqual(token.hash, hash)) found = token;
    }
    return found;
  }
}

function hashOf(token: string | null, sha256: string | null): Buffer {
  return sha256 === null
    ? createHash('sha256')
        .update(token ?? '')
        .digest()
    : Buffer.from(sha256, 'hex');
}
