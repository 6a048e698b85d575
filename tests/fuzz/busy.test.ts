import { expect, it } from 'vitest';
import { failureOf, WireClient } from '../harness/client.js';
import { chainOf, manifestOf, type Nodes, textOf } from '../harness/messages.js';
import { WatchedService } from './watched-service.js';

/** Each diamond doubles the messages: after forty of them one has become a million millions. */
const DIAMONDS = 40;

it('goes on serving others while one pipeline multiplies its messages without end', async () => {
  const service = await WatchedService.start();
  const client = new WireClient(service.address);
  const multiplying = client.execute(
    { manifest: diamonds(DIAMONDS), data_inputs: { j0: textOf('') } },
    { deadline: Date.now() + 5000 },
  );
  const failure = failureOf(multiplying);
  const manifest = chainOf({ a: 'PassThrough' });
  let served = 0;
  const serve = async (): Promise<void> => {
    await client.execute({ manifest, data_inputs: { a: textOf('x') } }, { deadline: Date.now() + 4000 });
    served += 1;
  };
  for (let call = 0; call < 5; call++) await serve();
  expect(served).toBe(5);
  expect([4, 8]).toContain((await failure).status);
  client.close();
  await service.close();
});

/** `j0 > (a0, b0) > j1 > (a1, b1) > …` */
function diamonds(count: number): ReturnType<typeof manifestOf> {
  const nodes: Record<string, string> = { j0: 'PassThrough' };
  const connections: string[] = [];
  for (let index = 0; index < count; index++) {
    nodes[`a${index}`] = 'PassThrough';
    nodes[`b${index}`] = 'PassThrough';
    nodes[`j${index + 1}`] = 'PassThrough';
    connections.push(
      `j${index}>a${index}`,
      `j${index}>b${index}`,
      `a${index}>j${index + 1}`,
      `b${index}>j${index + 1}`,
    );
  }
  return manifestOf(nodes satisfies Nodes, connections);
}
