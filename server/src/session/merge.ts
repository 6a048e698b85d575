import { END, type End, type InputPort, type ReceivedFrame } from './ports.js';

/** Joins the inputs of one reader: a frame from each in turn, the order on each connection kept. END comes after the last input's END. */
export class Merge {
  readonly #open: InputPort[];
  #turn = 0;
  #from = '';
  #woken = false;
  #wake: (() => void) | null = null;
  #fail: ((reason: Error) => void) | null = null;
  #reason: Error | null = null;

  constructor(inputs: readonly InputPort[]) {
    this.#open = [...inputs];
    for (const input of inputs) input.onReady(this.#onReady);
  }

  /** Where the last received frame came from: a node id; empty: from outside. */
  get from(): string {
    return this.#from;
  }

  /** Why the reader has to stop; null while it need not. */
  get reason(): Error | null {
    return this.#reason;
  }

  /** The next frame, END, or null: nothing yet. Throws the reason given to `interrupt`. */
  tryReceive(): ReceivedFrame | End | null {
    if (this.#reason !== null) throw this.#reason;
    const open = this.#open;
    this.#woken = false;
    let left = open.length;
    if (left === 0) return END;
    while (left > 0) {
      if (this.#turn >= open.length) this.#turn = 0;
      const input = open[this.#turn];
      if (input === undefined) return END;
      const got = input.tryReceive();
      left -= 1;
      if (got === END) {
        open.splice(this.#turn, 1);
        if (open.length === 0) return END;
        continue;
      }
      this.#turn += 1;
      if (got !== null) {
        this.#from = input.from;
        return got;
      }
    }
    return null;
  }

  /** Resolves when `tryReceive` is worth another call; rejects with the reason given to `interrupt`. */
  async ready(): Promise<void> {
    if (this.#reason !== null) throw this.#reason;
    if (this.#woken) return;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      this.#fail = reject;
    });
  }

  /** Ends a wait with `reason`, now and from now on. */
  interrupt(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    const fail = this.#fail;
    this.#wake = null;
    this.#fail = null;
    fail?.(reason);
  }

  readonly #onReady = (): void => {
    this.#woken = true;
    const wake = this.#wake;
    if (wake === null) return;
    this.#wake = null;
    this.#fail = null;
    wake();
  };
}
