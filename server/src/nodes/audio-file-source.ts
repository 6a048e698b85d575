import type { FileHandle } from 'node:fs/promises';
import {
  type Frame,
  formatOfWav,
  fromWavBytes,
  type Metadata,
  RemoteMediaError,
  type RuntimeData,
  readWavLayout,
  WavError,
  type WavLayout,
  wavFrameBytes,
} from '@remotemedia/contract';
import { z } from 'zod';
import { makeAudio } from './audio.js';
import { formatParam, resolveFormat } from './format-param.js';
import { openMediaFile } from './media-files.js';
import { defineNode, type NodeContext, type NodeInstance } from './node.js';

/** Read from the disk at once; frames are cut from it without another copy. */
const BLOCK_BYTES = 256 * 1024;

const path = z
  .string()
  .min(1)
  .describe('A WAV file: relative to a folder of limits.media_roots, or absolute and below one.');
const shape = {
  frame_ms: z
    .number()
    .positive()
    .max(10_000)
    .default(20)
    .describe('Length of each piece; the last one may be shorter.'),
  format: formatParam.describe(
    'Sample format of the output; keep: that of the file, with 24-bit integers as i32 and 64-bit floats as f32.',
  ),
};

const sourceParams = z.strictObject({ path, ...shape });
const readerParams = z.strictObject({
  path: path
    .optional()
    .describe(
      'A WAV file that is read first, as AudioFileSourceNode does. Without it only those are read that file messages name.',
    ),
  ...shape,
});

type Params = z.output<typeof readerParams>;

const FORMATS = 'PCM of 16, 24 or 32 bits, float of 32 or 64 bits';

/** Reads a WAV file. */
export const audioFileSource = defineNode({
  type: 'AudioFileSourceNode',
  aliases: ['WavSourceNode'],
  description: `Reads a WAV file (${FORMATS}) as fast as it is taken, in pieces with their media time.`,
  params: sourceParams,
  inputs: [],
  outputs: ['audio'],
  outputFormat: { sample_rate: null, channels: null, format: 'param:format' },
  create: async (given, context) => {
    const reader = await openReader(given, context);
    return { start: () => reader.start(), close: () => reader.close() };
  },
});

/** Reads the WAV files that messages name. */
export const mediaReader = defineNode({
  type: 'MediaReaderNode',
  description: `Reads WAV files (${FORMATS}): the one of the parameter path, then each that a file message names, one after the other, in pieces with their media time.`,
  params: readerParams,
  inputs: ['file'],
  outputs: ['audio'],
  outputFormat: { sample_rate: null, channels: null, format: 'param:format' },
  create: openReader,
});

/** Opens the file of `path` while the session starts, so that a wrong one ends it before any data flows. */
async function openReader(given: Params, context: NodeContext): Promise<WavReader> {
  return new WavReader(given, context, given.path === undefined ? null : await openWav(given.path, context));
}

/** A WAV file that is open. */
interface OpenWav {
  readonly path: string;
  readonly handle: FileHandle;
  readonly layout: WavLayout;
}

class WavReader implements NodeInstance {
  readonly #params: Params;
  readonly #context: NodeContext;
  readonly #first: OpenWav | null;
  /** Of the next piece; it counts on from one file to the next. */
  #sequence = 0;

  constructor(given: Params, context: NodeContext, first: OpenWav | null) {
    this.#params = given;
    this.#context = context;
    this.#first = first;
  }

  async *start(): AsyncGenerator<Frame> {
    if (this.#first !== null) yield* this.#read(this.#first, {});
  }

  async *process(data: RuntimeData): AsyncGenerator<Frame> {
    const { nodeId } = this.#context;
    if (data.kind !== 'file') {
      const text = `Node '${nodeId}' got ${data.kind} where it takes a file`;
      throw new RemoteMediaError('input.invalid', text, { nodeId, hint: 'Send messages that name a WAV file.' });
    }
    if (data.offset !== 0 || (data.length !== 0 && data.length !== data.size)) {
      const text = `Node '${nodeId}' got ${data.length} bytes at ${data.offset} of ${data.path}`;
      throw new RemoteMediaError('input.invalid', text, { nodeId, hint: 'Name the whole file: only such are read.' });
    }
    const file = await openWav(data.path, this.#context);
    try {
      yield* this.#read(file, data.metadata);
    } finally {
      await file.handle.close();
    }
  }

  async close(): Promise<void> {
    await this.#first?.handle.close();
  }

  async *#read({ path: name, handle, layout }: OpenWav, metadata: Metadata): AsyncGenerator<Frame> {
    const { frame_ms, format } = this.#params;
    const { signal, log } = this.#context;
    const frameBytes = wavFrameBytes(layout);
    const pieceBytes = Math.max(1, Math.round((layout.sampleRate * frame_ms) / 1000)) * frameBytes;
    const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / pieceBytes)) * pieceBytes;
    const audio = {
      sampleRate: layout.sampleRate,
      channels: layout.channels,
      format: resolveFormat(format, formatOfWav(layout)),
    };
    for (let position = 0; position < layout.dataBytes && !signal.aborted; position += blockBytes) {
      const wanted = Math.min(blockBytes, layout.dataBytes - position);
      const read = await readFully(handle, layout.dataOffset + position, wanted);
      const block = read.subarray(0, read.byteLength - (read.byteLength % frameBytes));
      for (let at = 0; at < block.byteLength; at += pieceBytes) {
        const piece = fromWavBytes(block.subarray(at, at + pieceBytes), layout, audio.format);
        const timestampUs = Math.round(((position + at) / frameBytes / layout.sampleRate) * 1e6);
        yield {
          sequence: this.#sequence,
          timestampUs,
          data: makeAudio(audio, piece, { metadata, metadataJson: null }),
        };
        this.#sequence += 1;
      }
      if (read.byteLength < wanted) {
        log.warn(`${name} became shorter while it was read`);
        return;
      }
    }
  }
}

async function openWav(path: string, context: NodeContext): Promise<OpenWav> {
  const { handle, size } = await openMediaFile(path, context);
  try {
    const layout = await readWavLayout(handle, size);
    if (layout.isTruncated)
      context.log.warn(`${path} is shorter than its header says; its samples are read as far as they go`);
    return { path, handle, layout };
  } catch (error) {
    await handle.close();
    if (!(error instanceof WavError)) throw error;
    const text = `Node '${context.nodeId}' cannot read ${path}: it ${error.message}`;
    throw new RemoteMediaError('input.invalid', text, { nodeId: context.nodeId, hint: error.hint });
  }
}

/** Bytes of the file in new memory; fewer only where it ends. */
async function readFully(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
