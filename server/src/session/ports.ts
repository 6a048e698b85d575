import type { Frame } from '@remotemedia/contract';

/** What a port gives once its connection has carried its last frame. */
export const END = 'end';
export type End = typeof END;

/**
 * A frame that came over a connection.
 *
 * `release` gives back the memory that `data` looks at; call it once, after the last look. `null`: the frame owns its bytes.
 */
export interface ReceivedFrame extends Frame {
  readonly release: (() => void) | null;
}

/** The receiving end of one connection. One reader. */
export interface InputPort {
  /** Id of the node that the frames come from; empty: from outside. */
  readonly from: string;
  /** The next frame, END, or null: nothing yet, and the listener is called when that may have changed. */
  tryReceive(): ReceivedFrame | End | null;
  /** Sets the one listener. It may be called once too often, never once too few. */
  onReady(listener: () => void): void;
}

/** The sending end of one connection. Frames leave in the order of the calls. */
export interface OutputPort {
  /** Id of the node that the frames go to; empty: the results of the session. */
  readonly to: string;
  /** Whether a frame that was sent still looks at the sender's bytes, as in a queue in memory, or was copied. */
  readonly keepsBytes: boolean;
  /**
   * Sends a frame. Undefined: done. A promise: the connection is full; it resolves when the frame has left, and rejects
   * with the reason given to `interrupt`.
   *
   * @throws RemoteMediaError `limit.message_size` or `limit.shared_memory`: the frame can never be sent.
   */
  send(frame: Frame): Promise<void> | undefined;
  /** Sends END, and resolves when the other side has taken all there was. */
  end(): Promise<void>;
  /** Rejects what still waits with `reason`; later sends throw it too. */
  interrupt(reason: Error): void;
}
