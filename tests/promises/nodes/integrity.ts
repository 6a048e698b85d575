import { createHash } from 'node:crypto';
import type { Frame } from '@remotemedia/contract';
import { defineNode } from '@remotemedia/server';
import { z } from 'zod';
import { fingerprint, outline } from '../data/fingerprint.js';
import { MESSAGE_SETS, type MessageSet, messageAt } from '../data/messages.js';

/** Fingerprints of what a source has sent, by the set it sent. */
const sentBySet = new Map<MessageSet, string[]>();

const params = z.strictObject({ set: z.enum(['empty', 'small', 'large']) });

/** What a sink has found out about a set. */
export interface Findings {
  readonly sent: number;
  readonly received: number;
  readonly bytes: number;
  /** One hash over the fingerprints of all messages, in order. */
  readonly sentHash: string;
  readonly receivedHash: string;
  readonly kinds: Readonly<Record<string, number>>;
  /** Messages that are not what was sent in their place. */
  readonly wrong: number;
  /** Of those, the ones that were sent in another place. */
  readonly displaced: number;
  /** The first few, as sent and as received. */
  readonly examples: readonly { readonly index: number; readonly sent: string; readonly received: string }[];
}

const EXAMPLES = 3;

export const integritySource = defineNode({
  type: 'IntegritySource',
  description: 'Sends a set of seeded messages and remembers the fingerprint of each.',
  params,
  inputs: [],
  outputs: 'any',
  create: ({ set }) => ({
    *start(): Generator<Frame> {
      const sent: string[] = [];
      sentBySet.set(set, sent);
      for (let index = 0; index < MESSAGE_SETS[set]; index += 1) {
        const frame = messageAt(set, index);
        sent.push(fingerprint(frame));
        yield frame;
      }
    },
  }),
});

export const integritySink = defineNode({
  type: 'IntegritySink',
  description: 'Compares what arrives with what was sent, and says at the end what it found.',
  params,
  inputs: 'any',
  outputs: ['json'],
  create({ set }) {
    const received: string[] = [];
    const kinds: Record<string, number> = {};
    const examples: { index: number; sent: string; received: string }[] = [];
    const wrong: string[] = [];
    let bytes = 0;
    return {
      process(data, { frame }) {
        const index = received.length;
        const found = fingerprint(frame);
        received.push(found);
        kinds[data.kind] = (kinds[data.kind] ?? 0) + 1;
        bytes += bytesOf(data);
        if (found === sentBySet.get(set)?.[index]) return null;
        wrong.push(found);
        const sent = index < MESSAGE_SETS[set] ? outline(messageAt(set, index)) : 'nothing';
        if (examples.length < EXAMPLES) examples.push({ index, sent, received: outline(frame) });
        return null;
      },
      flush() {
        const sent = sentBySet.get(set) ?? [];
        const known = new Set(sent);
        const findings: Findings = {
          sent: sent.length,
          received: received.length,
          bytes,
          sentHash: hashOf(sent),
          receivedHash: hashOf(received),
          kinds,
          wrong: wrong.length,
          displaced: wrong.filter((each) => known.has(each)).length,
          examples,
        };
        return { kind: 'json', jsonPayload: JSON.stringify(findings), schemaType: 'findings', metadata: {} };
      },
    };
  },
});

function hashOf(fingerprints: readonly string[]): string {
  return createHash('sha256').update(fingerprints.join('\n')).digest('hex');
}

function bytesOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  if (value instanceof Map) return [...value.values()].reduce((sum: number, part) => sum + bytesOf(part), 0);
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  return Object.values(value).reduce((sum: number, field) => sum + bytesOf(field), 0);
}
