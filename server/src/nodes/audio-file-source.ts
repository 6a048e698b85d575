import type { FileHandle } from 'node:fs/promises';
import {
  type Frame,
  formatOfWav,
  fromWavBytes,
  RemoteMediaError,
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

const params = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('A WAV file: relative to a folder of limits.media_roots, or absolute and below one.'),
  frame_ms: z
    .number()
    .positive()
    .max(10_000)
    .default(20)
    .describe('Length of each piece; the last one may be shorter.'),
  format: formatParam.describe(
    'Sample format of the output; keep: that of the file, with 24-bit integers as i32 and 64-bit floats as f32.',
  ),
});

type Params = z.output<typeof params>;

/** Reads a WAV file. */
export const audioFileSource = defineNode({
  type: 'AudioFileSourceNode',
  aliases: ['WavSourceNode'],
  description:
    'Reads a WAV file (PCM of 16, 24 or 32 bits, float of 32 or 64 bits) as fast as it is taken, in pieces with their media time.',
  params,
  inputs: [],
  outputs: ['audio'],
  create: openSource,
});

/** Opens the file while the session starts, so that a wrong path ends it before any data flows. */
async function openSource(given: Params, context: NodeContext): Promise<NodeInstance> {
  const { handle, size } = await openMediaFile(given.path, context);
  try {
    const layout = await readWavLayout(handle, size);
    if (layout.isTruncated)
      context.log.warn(`${given.path} is shorter than its header says; its samples are read as far as they go`);
    return {
      start: () => readFrames(handle, layout, given, context),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    if (!(error instanceof WavError)) throw error;
    const text = `Node '${context.nodeId}' cannot read ${given.path}: it ${error.message}`;
    throw new RemoteMediaError('input.invalid', text, { nodeId: context.nodeId, hint: error.hint });
  }
}

async function* readFrames(
  file: FileHandle,
  layout: WavLayout,
  { path, frame_ms, format }: Params,
  context: NodeContext,
): AsyncGenerator<Frame> {
  const frameBytes = wavFrameBytes(layout);
  const pieceBytes = Math.max(1, Math.round((layout.sampleRate * frame_ms) / 1000)) * frameBytes;
  const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / pieceBytes)) * pieceBytes;
  const shape = {
    sampleRate: layout.sampleRate,
    channels: layout.channels,
    format: resolveFormat(format, formatOfWav(layout)),
  };
  let sequence = 0;
  for (let position = 0; position < layout.dataBytes && !context.signal.aborted; position += blockBytes) {
    const wanted = Math.min(blockBytes, layout.dataBytes - position);
    const read = await readFully(file, layout.dataOffset + position, wanted);
    const block = read.subarray(0, read.byteLength - (read.byteLength % frameBytes));
    for (let at = 0; at < block.byteLength; at += pieceBytes) {
      const piece = fromWavBytes(block.subarray(at, at + pieceBytes), layout, shape.format);
      const timestampUs = Math.round(((position + at) / frameBytes / layout.sampleRate) * 1e6);
      yield { sequence, timestampUs, data: makeAudio(shape, piece, { metadata: {}, metadataJson: null }) };
      sequence += 1;
    }
    if (read.byteLength < wanted) {
      context.log.warn(`${path} became shorter while it was read`);
      return;
    }
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
