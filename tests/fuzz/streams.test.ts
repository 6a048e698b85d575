import { expect, it } from 'vitest';
import { RawClient } from './raw-client.js';
import { type ManifestObject, takesAnything } from './seed-manifests.js';
import { ANSWER_MS, casesOf } from './settings.js';
import { play, streamScript } from './stream-script.js';
import { faultOfEnd, faultOfMessage } from './verdict.js';
import { WatchedService } from './watched-service.js';

const { native, python } = takesAnything();
/** Streams over one connection. nghttp2 ends a connection on which 1,000 streams were reset, and then more than 33 a second. */
const STREAMS_PER_CONNECTION = 500;

it.each([
  { name: 'native nodes', manifests: native, per100: 20, parallel: 8 },
  { name: 'Python nodes', manifests: python, per100: 2, parallel: 4 },
])('ends streams of nonsense to $name in time, with the right error', { timeout: 1_200_000 }, async (kind) => {
  const service = await WatchedService.start({ multiprocess: { cleanup_grace_period_secs: 1 } });
  let client = new RawClient(service.address);
  const { count, draw } = casesOf(`streams of nonsense to ${kind.name}`, kind.per100);
  const statuses = new Map<string, number>();
  const faults: string[] = [];
  let results = 0;
  let next = 0;
  const playOne = async (index: number, manifests: readonly ManifestObject[]): Promise<void> => {
    const chance = draw(index);
    if (index % STREAMS_PER_CONNECTION === STREAMS_PER_CONNECTION - 1) {
      client.close();
      client = new RawClient(service.address);
    }
    const stream = client.stream(4 * ANSWER_MS);
    const steps = streamScript(chance, chance.pick(manifests));
    await play(steps, stream);
    const end = await stream.ended;
    results += stream.results;
    const outcome = `${end.status} ${end.error?.code ?? ''}`;
    statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
    const fault = faultOfEnd(end) ?? stream.errors.map(faultOfMessage).find((found) => found !== null) ?? null;
    if (fault !== null) faults.push(`case ${index}: ${fault}`);
  };
  const work = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await playOne(next - 1, kind.manifests);
    }
  };
  await Promise.all(Array.from({ length: kind.parallel }, work));
  console.log(`${results} results, ${JSON.stringify(Object.fromEntries(statuses))}`);
  client.close();
  expect(faults.slice(0, 20)).toEqual([]);
  expect(results).toBeGreaterThan(0);
  await service.close();
});
