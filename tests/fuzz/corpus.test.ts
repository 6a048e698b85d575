import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesField } from './proto-bytes.js';
import { type CallEnd, RawClient } from './raw-client.js';
import { ANSWER_MS } from './settings.js';
import { faultOfEnd, faultOfMessage } from './verdict.js';
import { WatchedService } from './watched-service.js';

const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));
const MANIFEST_JSON = 105;
/** What it is, the code that it ends with (or `ok`), and the form it has. */
const NAME = /^(?<what>.+)--(?<code>[a-z_.]+)\.(?<form>json|yaml|request|stream)$/;

let service: WatchedService;
let client: RawClient;

beforeAll(async () => {
  service = await WatchedService.start();
  client = new RawClient(service.address);
});

afterAll(async () => {
  client.close();
  await service.close();
});

describe('what was a problem once', () => {
  const files = readdirSync(CORPUS).filter((file) => file !== 'README.md');

  it.each(files)('%s', async (file) => {
    const { code, form } = NAME.exec(file)?.groups ?? {};
    const content = readFileSync(`${CORPUS}/${file}`);
    const end = await (form === 'stream' ? playStream(content) : client.execute(requestOf(content, form), ANSWER_MS));
    expect(faultOfEnd(end)).toBeNull();
    expect(end.error?.code ?? 'ok').toBe(code);
  });
});

function requestOf(content: Buffer, form: string | undefined): Buffer {
  return form === 'request' ? fromHex(content.toString('ascii')) : bytesField(MANIFEST_JSON, content);
}

/** One message a line; a line `ready` waits until the session is ready. The end of the file is the client's half-close. */
async function playStream(content: Buffer): Promise<CallEnd> {
  const stream = client.stream(ANSWER_MS);
  for (const line of content.toString('ascii').split('\n').slice(0, -1)) {
    if (line === 'ready') await stream.settled;
    else stream.send(fromHex(line));
  }
  stream.halfClose();
  const end = await stream.ended;
  expect(stream.errors.map(faultOfMessage).filter((fault) => fault !== null)).toEqual([]);
  return end;
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
