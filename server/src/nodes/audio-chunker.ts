import type { AudioData, Metadata, RuntimeData } from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, type CheckedAudio, checkAudio, isSameShape, makeAudio } from './audio.js';
import { GrowingBytes } from './growing-bytes.js';
import { defineNode, type NodeInstance } from './node.js';
import {
  beginsUtterance,
  endsUtterance,
  partMark,
  type SpeechMark,
  speechMark,
  withSpeechMark,
} from './speech-mark.js';

/** 64 ms at 16 kHz. */
const DEFAULT_CHUNK_SIZE = 1024;

const params = z.strictObject({
  chunk_size: z.int().min(1).max(1_048_576).default(DEFAULT_CHUNK_SIZE).describe('Samples per channel in each chunk.'),
});

/** Cuts audio into chunks of one size, whatever the sizes of what comes in. */
export const audioChunker = defineNode({
  type: 'AudioChunkerNode',
  description:
    'Cuts audio into chunks of chunk_size samples per channel. Rate, channels, format and metadata stay as they are; the last chunk may be shorter, and so is one before a change of format or at the end of an utterance.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'input', channels: 'input', format: 'input' },
  create: ({ chunk_size }, context) => new AudioChunker(chunk_size, context.nodeId),
});

/** The beginning of a chunk that waits for more. */
interface Held {
  readonly shape: AudioShape;
  readonly samples: GrowingBytes;
  /** Metadata of the input that the chunk's first sample came with. */
  readonly metadata: Metadata;
  readonly metadataJson: Uint8Array | null;
}

class AudioChunker implements NodeInstance {
  readonly #chunkFrames: number;
  readonly #nodeId: string;
  #held: Held | null = null;

  constructor(chunkFrames: number, nodeId: string) {
    this.#chunkFrames = chunkFrames;
    this.#nodeId = nodeId;
  }

  *process(data: RuntimeData): Generator<AudioData> {
    const input = checkAudio(data, this.#nodeId);
    const { samples, metadata, metadataJson } = input.data;
    const chunkBytes = this.#chunkFrames * input.frameBytes;
    const mark = speechMark(metadata);
    if (this.#held !== null && !this.#mayGrow(this.#held, input, chunkBytes, mark)) yield this.#release(this.#held);

    let offset = 0;
    if (this.#held !== null) {
      offset = this.#held.samples.append(samples);
      if (this.#held.samples.isFull) {
        const isLast = endsUtterance(mark) && offset === samples.byteLength;
        yield this.#release(this.#held, isLast ? 'end' : null);
      }
    }
    while (samples.byteLength - offset >= chunkBytes) {
      const chunk = samples.subarray(offset, offset + chunkBytes);
      const markHere = partMark(mark, offset === 0, offset + chunkBytes === samples.byteLength);
      offset += chunkBytes;
      yield makeAudio(input, chunk, { metadata: withSpeechMark(metadata, markHere), metadataJson });
    }
    if (offset < samples.byteLength) {
      const held = {
        shape: input,
        samples: new GrowingBytes(chunkBytes),
        metadata: withSpeechMark(metadata, partMark(mark, offset === 0, false)),
        metadataJson,
      };
      held.samples.append(samples.subarray(offset));
      this.#held = held;
    }
    if (!endsUtterance(mark)) return;
    if (this.#held !== null) yield this.#release(this.#held, beginsHere(this.#held) ? 'whole' : 'end');
    else if (input.frames === 0) yield input.data;
  }

  *flush(): Generator<AudioData> {
    if (this.#held !== null) yield this.#release(this.#held);
  }

  /** Whether the held chunk may take in the new audio: a chunk has one format, and belongs to one utterance. */
  #mayGrow(held: Held, input: CheckedAudio, chunkBytes: number, mark: SpeechMark | null): boolean {
    if (!isSameShape(held.shape, input) || beginsUtterance(mark)) return false;
    // Start and end of an utterance that came in pieces stay two chunks.
    const fitsInOne = held.samples.byteLength + input.data.samples.byteLength <= chunkBytes;
    return !(mark === 'end' && fitsInOne && beginsHere(held));
  }

  #release(held: Held, mark: SpeechMark | null = null): AudioData {
    this.#held = null;
    return makeAudio(held.shape, held.samples.bytes(), {
      metadata: withSpeechMark(held.metadata, mark),
      metadataJson: held.metadataJson,
    });
  }
}

function beginsHere({ metadata }: Held): boolean {
  return beginsUtterance(speechMark(metadata));
}
