import { createServer } from 'node:net';
import { type Check, fail, messageOf, ok } from './check.js';

/** Whether a service could listen there. `taken` by one of our own services is well too. */
export async function checkPort(host: string, port: number, ownAddresses: readonly string[]): Promise<Check> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    await tryListen(host, port);
    return ok('port', `${address} is free`);
  } catch (error) {
    if (ownAddresses.includes(address)) return ok('port', `a service of yours listens on ${address}`);
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken)
      return fail('port', `${address} cannot be used: ${messageOf(error)}`, 'Choose another with --host and --port');
    const who = `See who has it: ss -ltnp 'sport = :${port}'; or choose another: remotemedia serve --port 0`;
    return fail('port', `${address} is taken by another program`, who);
  }
}

function tryListen(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}
