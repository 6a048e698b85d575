import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import type { DescriptorBudget } from '../session/budget.js';

/** Where Node tells of every connection that any server of the process has accepted. */
const CHANNEL = 'net.server.socket';

/**
 * Lets in as many connections as there are file descriptors for, after all sessions have theirs, and closes the others
 * at once. grpc-js has no limit of its own, and clients that only connect would starve what runs.
 *
 * @param port of the server whose connections are meant.
 * @returns ends it
 */
export function limitConnections(port: number, budget: DescriptorBudget): () => void {
  const onConnection = (message: unknown): void => {
    const socket = (message as { readonly socket?: unknown }).socket;
    if (!(socket instanceof Socket) || socket.localPort !== port) return;
    const leave = budget.connect();
    if (leave === null) socket.destroy();
    else socket.once('close', leave);
  };
  subscribe(CHANNEL, onConnection);
  return () => unsubscribe(CHANNEL, onConnection);
}
