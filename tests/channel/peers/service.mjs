// A service that lives to be killed: one session, one peer, messages of both lanes round and round, until the peer dies.
//
// Says on stdout what has happened, one word and a value per line. Descriptor 4 is only handed on to the peer, so that
// its end tells the peer's death.
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FULL, Instance } from '../../../channel/node/dist/index.js';

const [base, python] = process.argv.slice(2);
const PEER_LIFE = 4;
const limits = { capacity: 16, maxBytes: 4 * 1024 * 1024, lossless: true };
const small = new Uint8Array(1000).fill(1);
const large = new Uint8Array(200_000).fill(2);
const none = new Uint8Array();

/** @param {string} what @param {string | number} [value] */
const say = (what, value = '') => writeSync(1, `${what} ${value}\n`);

const instance = await Instance.open(base);
say('instance', instance.id);
const domain = await instance.createDomain({
  inboxes: 2,
  edges: [
    { from: 0, to: 1, ...limits },
    { from: 0, to: 1, ...limits, lossless: false },
    { from: 1, to: 0, ...limits },
  ],
});
const [there, dropping, back] = [domain.openSender(0), domain.openSender(1), domain.openReceiver(2)];
const peer = spawn(python, [fileURLToPath(new URL('echo_forever.py', import.meta.url))], {
  stdio: ['ignore', 'ignore', 'inherit', 'pipe', PEER_LIFE],
  detached: true,
});
closeSync(PEER_LIFE);
say('peer', peer.pid);
peer.stdio[3].write(`${JSON.stringify({ root: domain.root, prefix: domain.prefix })}\n`);
peer.stdio[3].once('data', () => {
  domain.listen(exchange);
  exchange();
});
// A write to a peer that is gone; its exit is what counts.
peer.stdio[3].on('error', () => undefined);
peer.once('exit', async () => {
  await domain.close();
  await instance.close();
  say('closed');
});

let sent = 0;
let received = 0;

/** As much as goes right now. The doorbell calls again. */
function exchange() {
  for (let message = back.tryReceive(); message !== null; message = back.tryReceive()) {
    message.release();
    received += 1;
    if (received === 50) say('exchanging');
  }
  for (;;) {
    const body = sent % 8 === 7 ? large : small;
    if (there.trySend(7, sent, 0, body, none) === FULL) return;
    dropping.trySend(7, sent, 0, body, none);
    sent += 1;
  }
}
