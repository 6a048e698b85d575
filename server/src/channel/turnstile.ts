interface Waiter {
  resolve(): void;
  reject(reason: Error): void;
}

/** Where senders wait for room: one at a time, the others behind it in the order of their calls. */
export class Turnstile {
  #tail: Promise<void> | null = null;
  #waiter: Waiter | null = null;
  #reason: Error | null = null;

  /** Nobody waits: a caller may try its luck without queueing up. */
  get isFree(): boolean {
    return this.#tail === null;
  }

  get isWaiting(): boolean {
    return this.#waiter !== null;
  }

  /** Runs `task` when those before it are through. If one of them is turned away, so is this one. */
  enter(task: () => Promise<void>): Promise<void> {
    const turn = this.#tail === null ? task() : this.#tail.then(task);
    this.#tail = turn;
    const leave = (): void => {
      if (this.#tail === turn) this.#tail = null;
    };
    turn.then(leave, leave);
    return turn;
  }

  /** Resolves at the next `wake`; rejects with the reason given to `close`. For the task that has entered. */
  wait(): Promise<void> {
    this.throwIfClosed();
    return new Promise<void>((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  wake(): void {
    const waiter = this.#waiter;
    if (waiter === null) return;
    this.#waiter = null;
    waiter.resolve();
  }

  close(reason: Error): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    const waiter = this.#waiter;
    this.#waiter = null;
    waiter?.reject(reason);
  }

  throwIfClosed(): void {
    if (this.#reason !== null) throw this.#reason;
  }
}
