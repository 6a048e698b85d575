import { type AudioData, RemoteMediaError, type RuntimeData, type TextData } from '@remotemedia/contract';
import { withEnvelope } from './envelope.js';

/** One output of a sink node. */
export interface SinkOutput {
  readonly nodeId: string;
  readonly sequence: number;
  readonly data: RuntimeData;
}

/** One buffer per sink node, out of all that it gave. */
export interface JoinedOutputs {
  readonly byNode: Map<string, RuntimeData>;
  /** What could not be joined, and is in the list of all outputs only. */
  readonly warnings: string[];
}

/** Joins what each sink gave: audio of one format is concatenated, text is joined, of anything else the last one stays. */
export function joinOutputs(outputs: readonly SinkOutput[]): JoinedOutputs {
  const perNode = new Map<string, RuntimeData[]>();
  for (const { nodeId, data } of outputs) {
    const list = perNode.get(nodeId);
    if (list === undefined) perNode.set(nodeId, [data]);
    else list.push(data);
  }
  const byNode = new Map<string, RuntimeData>();
  const warnings: string[] = [];
  for (const [nodeId, list] of perNode) {
    const last = list.at(-1);
    if (last === undefined) continue;
    const joined = joinAudio(list) ?? joinText(list);
    byNode.set(nodeId, joined ?? last);
    const left = joined === null ? list.length - 1 : 0;
    if (left > 0) {
      warnings.push(
        `data_outputs['${nodeId}'] holds the last of ${list.length} outputs; the ${left} before it are in outputs only`,
      );
    }
  }
  return { byNode, warnings };
}

/** Null: not all of it is audio of one format. */
function joinAudio(list: readonly RuntimeData[]): AudioData | null {
  const [first] = list;
  if (first?.kind !== 'audio') return null;
  const parts: AudioData[] = [];
  for (const data of list) {
    if (data.kind !== 'audio') return null;
    const isSame =
      data.sampleRate === first.sampleRate && data.channels === first.channels && data.format === first.format;
    if (!isSame) return null;
    parts.push(data);
  }
  if (parts.length === 1) return first;
  const numSamples = parts.reduce((sum, part) => sum + part.numSamples, 0);
  return { ...first, samples: concat(parts.map((part) => part.samples)), numSamples };
}

/** Null: not all of it is text of one encoding. */
function joinText(list: readonly RuntimeData[]): TextData | null {
  const [first] = list;
  if (first?.kind !== 'text') return null;
  const parts: Uint8Array[] = [];
  for (const data of list) {
    if (data.kind !== 'text' || data.encoding !== first.encoding) return null;
    parts.push(data.textData);
  }
  return parts.length === 1 ? first : { ...first, textData: concat(parts) };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const whole = Buffer.allocUnsafe(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** What an output takes besides its media, however little that is: a pipeline may give millions of empty ones. */
const OUTPUT_BYTES = 128;

/** Keeps what sinks give for the answer of a unary call, as long as it fits into one message. */
export class OutputCollector {
  readonly outputs: SinkOutput[] = [];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param bytes media bytes of the output.
   * @throws RemoteMediaError `limit.message_size` once the answer would be larger than a message may be
   */
  add(output: SinkOutput, bytes: number): void {
    this.#bytes += bytes + OUTPUT_BYTES;
    if (this.#bytes > withEnvelope(this.#maxBytes)) throw answerTooLarge(this.#bytes, this.#maxBytes);
    this.outputs.push(output);
  }
}

export function answerTooLarge(asked: number, allowed: number): RemoteMediaError {
  const setting = 'limits.max_message_bytes';
  const text = `The results have at least ${asked} bytes, more than one answer may have; ${setting} allows ${allowed}`;
  return new RemoteMediaError('limit.message_size', text, {
    hint: `Use StreamPipeline, which sends results one by one, or raise ${setting} in runtime.toml.`,
    details: { asked, allowed, setting },
  });
}
