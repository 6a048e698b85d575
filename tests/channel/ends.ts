import { createHash } from 'node:crypto';
import { type Domain, FULL, type Message, type Receiver, type Sender } from '@remotemedia/channel';

export const KIND_END = 0;

/** A message as it is sent. */
export interface Outgoing {
  readonly kind: number;
  readonly sequence: number;
  readonly timestampUs: number;
  readonly body: Uint8Array;
  readonly meta: Uint8Array;
}

const END: Outgoing = { kind: KIND_END, sequence: 0, timestampUs: 0, body: new Uint8Array(), meta: new Uint8Array() };

/** The waiting side of inbox 0: what cannot go on sleeps until the doorbell rings, and nothing else wakes it. */
export class Ends {
  #waiting: (() => void)[] = [];
  /** Times that the doorbell rang. */
  wakeUps = 0;
  /** Times that a sender found its edge full. */
  full = 0;

  constructor(domain: Domain) {
    domain.listen(() => {
      this.wakeUps += 1;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }

  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async send(sender: Sender, message: Outgoing): Promise<void> {
    const { kind, sequence, timestampUs, body, meta } = message;
    while (sender.trySend(kind, sequence, timestampUs, body, meta) === FULL) {
      this.full += 1;
      await this.woken();
    }
  }

  /** Sends END and waits until everything was taken. */
  async end(sender: Sender): Promise<void> {
    await this.send(sender, END);
    while (!sender.allTaken()) await this.woken();
  }

  async receive(receiver: Receiver): Promise<Message> {
    for (;;) {
      const message = receiver.tryReceive();
      if (message !== null) return message;
      await this.woken();
    }
  }
}

/** One hash over all that went by, in order: headers, bodies and meta sections. `peers/peer.py` has the same. */
export class Digest {
  readonly #hash = createHash('sha256');
  readonly #header = Buffer.alloc(25);
  count = 0;

  add({ kind, sequence, timestampUs, body, meta }: Outgoing): void {
    this.count += 1;
    const header = this.#header;
    header.writeUInt8(kind, 0);
    header.writeBigUInt64LE(BigInt(sequence), 1);
    header.writeBigUInt64LE(BigInt(timestampUs), 9);
    header.writeUInt32LE(body.length, 17);
    header.writeUInt32LE(meta.length, 21);
    this.#hash.update(header).update(body).update(meta);
  }

  /** What a peer tells of its own. Once. */
  facts(): { count: number; digest: string } {
    return { count: this.count, digest: this.#hash.digest('hex') };
  }
}
