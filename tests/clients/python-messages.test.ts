import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { PROTO } from '../harness/client.js';
import { Random } from '../promises/data/random.js';
import { messageTypes, randomMessage } from './random-message.js';

const ROUNDS = 20;
const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const MIRROR = fileURLToPath(new URL('peers/mirror.py', import.meta.url));

describe("Python's stubs", () => {
  const root = new protobuf.Root().loadSync(PROTO, { keepCase: true });
  const types = messageTypes(root).filter(({ fullName }) => fullName.startsWith('.remotemedia.v1.'));

  it('read and write every message of the protocol bit for bit', () => {
    expect(types.length).toBeGreaterThan(60);
    const sent = types.flatMap((type) =>
      Array.from({ length: ROUNDS }, (_, round) => {
        const message = type.fromObject(randomMessage(type, new Random(round, type.fieldsArray.length)));
        return { type, bytes: Buffer.from(type.encode(message).finish()) };
      }),
    );
    const input = sent.map(({ type, bytes }) => `${type.name} ${bytes.toString('hex') || '-'}`).join('\n');
    const output = execFileSync(PYTHON, [MIRROR], { input, encoding: 'utf8', maxBuffer: 2 ** 30 });
    const back = output.split('\n').slice(0, -1);
    expect(back).toHaveLength(sent.length);
    for (const [index, { type, bytes }] of sent.entries()) {
      // Of the same length, and the same once read: the order of a map's entries is free.
      const again = Buffer.from(back[index] ?? '', 'hex');
      expect(again).toHaveLength(bytes.length);
      expect(type.toObject(type.decode(again)), type.name).toEqual(type.toObject(type.decode(bytes)));
    }
  });
});
