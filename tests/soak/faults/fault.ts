import type * as grpc from '@grpc/grpc-js';
import type { ErrorDetails, RemoteMediaError } from '@remotemedia/contract';
import { errorOf, type Message, type WireClient, type WireStream } from '../../harness/client.js';
import type { Draw } from '../draw.js';
import type { SessionBook } from '../session-book.js';

/** What a fault happens in. */
export interface Stage {
  readonly draw: Draw;
  readonly client: WireClient;
  readonly address: string;
  readonly book: SessionBook;
  /** Begins the id of every node of this fault, and of no other. */
  readonly name: string;
}

/** How a call must end. */
export interface Expected {
  /** gRPC status number; 0: it goes well in spite of all. */
  readonly status: number;
  /** Any of these; empty: the client's own end of the call has no code. */
  readonly codes: readonly string[];
  readonly nodeId?: string;
  readonly details?: ErrorDetails;
  readonly message?: RegExp;
}

/** How a call did end. */
export interface Outcome {
  readonly status: number;
  readonly error: RemoteMediaError | null;
}

/** What came of one fault. */
export interface Finding {
  /** The choices that were drawn, for a report. */
  readonly label: string;
  /** What is not as it must be; null: all is right. */
  readonly problem: string | null;
}

/** One kind of fault; each run draws its own circumstances. */
export interface Fault {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  run(stage: Stage): Promise<Finding>;
}

/** A call that goes well. */
export const WELL: Expected = { status: 0, codes: [] };

export function compare(label: string, expected: Expected, { status, error }: Outcome): Finding {
  const got = `status ${status}, ${error === null ? 'no error' : `[${error.code}] ${error.nodeId} ${error.message}`}`;
  const wrong = (what: string): Finding => ({ label, problem: `${label}: ${what}; got ${got.slice(0, 600)}` });
  if (status !== expected.status) return wrong(`expected status ${expected.status} ${expected.codes.join(' or ')}`);
  if (expected.codes.length === 0) return { label, problem: null };
  if (error === null || !expected.codes.includes(error.code)) return wrong(`expected ${expected.codes.join(' or ')}`);
  if (expected.nodeId !== undefined && error.nodeId !== expected.nodeId) return wrong(`expected ${expected.nodeId}`);
  if (expected.message !== undefined && !expected.message.test(error.message))
    return wrong(`expected ${expected.message}`);
  for (const [name, value] of Object.entries(expected.details ?? {})) {
    const found = error.details[name as keyof ErrorDetails];
    if (found !== value) return wrong(`expected ${name} ${value}, not ${found}`);
  }
  return { label, problem: null };
}

/** Makes a unary call and tells how it ended. */
export async function outcomeOf(answer: Promise<Message>): Promise<Outcome> {
  try {
    await answer;
    return { status: 0, error: null };
  } catch (error) {
    return { status: (error as grpc.ServiceError).code, error: errorOf(error) };
  }
}

/** How a stream ended. The error it was sent and the one of its status must be the same. */
export async function endOf(stream: WireStream): Promise<Outcome> {
  const { code: status, error } = await stream.ended;
  const [sent] = stream.all('error');
  if (sent !== undefined && sent['code'] !== error?.code)
    throw new Error(`the stream was sent ${sent['code']} and ended with ${error?.code}`);
  return { status, error };
}
