/**
 * Cancels a call, in a turn of the event loop of its own.
 *
 * Node loses the reset of a stream that is given up while its connection is being read, which is where most code of a client
 * runs; the service would never learn of it.
 */
export function cancelCall(call: { cancel(): void }): void {
  setImmediate(() => call.cancel());
}
