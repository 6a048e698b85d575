import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import type { DescriptorBudget } from '../session/budget.js';

/** Where Node tells of every connection that any server of the process has accepted. */
const CHANNEL = 'net.server.socket';

/** The connections of a server. */
export interface Connections {
  /** Closes those that are there, whatever they are in the middle of. */
  destroy(): void;
  /** No longer looks at new ones. */
  release(): void;
}

/**
 * Lets in as many connections as there are file descriptors for, after all sessions have theirs, and closes the others
 * at once. grpc-js has no limit of its own, and clients that only connect would starve what runs.
 *
 * @param port of the server whose connections are meant.
 */
export function limitConnections(port: number, budget: DescriptorBudget): Connections {
  const open = new Set<Socket>();
  const onConnection = (message: unknown): void => {
    const socket = (message as { readonly socket?: unknown }).socket;
    if (!(socket instanceof Socket) || socket.localPort !== port) return;
    const leave = budget.connect();
    if (leave === null) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      leave();
    });
  };
  subscribe(CHANNEL, onConnection);
  return {
    destroy: () => {
      for (const socket of open) socket.destroy();
    },
    release: () => void unsubscribe(CHANNEL, onConnection),
  };
}
