import { it } from 'vitest';
import { startTestService } from '../harness/service.js';
import { RequestReader } from '../../server/src/grpc/request-reader.js';
import { ResponseWriter } from '../../server/src/grpc/response-writer.js';
import { Session } from '../../server/src/session/session.js';
import { StreamInput } from '../../server/src/grpc/stream-input.js';
import { RawClient } from './raw-client.js';
import { takesAnything } from './seed-manifests.js';
import { play, streamScript } from './stream-script.js';
import { Draw } from '../soak/draw.js';
import { createRequire } from 'node:module';
const impl = createRequire(import.meta.url)('@grpc/grpc-js/build/src/server-call.js');
const calls: any[] = [];
const orig = impl.ServerDuplexStreamImpl.prototype.getDeadline;
impl.ServerDuplexStreamImpl.prototype.getDeadline = function () { calls.push(this); return orig.call(this); };
const look = (c: any) => { let i = c.call; while (i.nextCall) i = i.nextCall; const s = i.stream; return { cancelled: c.cancelled, destroyed: c.destroyed, ended: c.readableEnded, rlen: c.readableLength, isReadPending: i.isReadPending, q: i.readQueue.map((e: any) => e.type), canc: i.cancelled, notified: i.cancelNotified, half: i.receivedHalfClose, dec: [i.decoder.readState, i.decoder.readMessageSize, i.decoder.readMessageRemaining], s: { id: s.id, aborted: s.aborted, closed: s.closed, destroyed: s.destroyed, rst: s.rstCode, flowing: s.readableFlowing, paused: s.isPaused(), len: s.readableLength, ended: s.readableEnded, wlen: s.writableLength, wend: s.writableEnded, state: s.state, sess: s.session?.state } }; };
const pend = new Map<string, number>();
function track(cls: any, name: string) {
  const orig = cls.prototype[name];
  cls.prototype[name] = function (...a: any[]) {
    const r = orig.apply(this, a);
    if (r && typeof r.then === 'function') { const k = cls.name + '.' + name; pend.set(k, (pend.get(k) ?? 0) + 1); const d = () => pend.set(k, (pend.get(k) ?? 0) - 1); r.then(d, d); }
    return r;
  };
}
track(RequestReader, 'next'); track(ResponseWriter, 'room'); track(Session, 'start'); track(StreamInput, 'take');
it('x', { timeout: 300000 }, async () => {
  const running = await startTestService();
  const client = new RawClient(running.address);
  const { native } = takesAnything();
  const known = new Set<string>();
  for (let i = 0; i < 1450; i++) {
    const d = new Draw(77, i);
    const steps = streamScript(d, d.pick(native));
    const s = client.stream(5000);
    await play(steps, s);
    await s.ended;
    for (let k = 0; k < 40 && running.service.sessions.some((x) => !known.has(x)); k++) await new Promise((r) => setTimeout(r, 10));
    for (const id of running.service.sessions) if (!known.has(id)) { known.add(id); console.log(i, id, JSON.stringify([...pend]), JSON.stringify(calls.filter((c) => !c.destroyed).map(look), null, 1)); }
  }
  await running.close();
});
