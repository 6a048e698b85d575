import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  formatOfWav,
  fromWavBytes,
  RemoteMediaError,
  type RuntimeData,
  readWavLayout,
  WavError,
  type WavLayout,
  wavFrameBytes,
} from '@remotemedia/contract';
import { UsageError } from '../usage-error.js';
import type { NodeFile } from './node-file.js';

/** Small enough that results begin early, large enough that a chunk costs more to process than to send. */
const AUDIO_CHUNK_MS = 100;

/** One message for a node, and how much of its file it stands for. */
export interface InputChunk {
  readonly data: RuntimeData;
  readonly timestampMs: number;
  readonly fileBytes: number;
}

/** A file that is sent to one node. */
export interface InputFile {
  readonly nodeId: string;
  readonly totalBytes: number;
  /** Reads the file as it is taken, so that a long one never lies in memory. */
  chunks(): AsyncGenerator<InputChunk>;
  close(): Promise<void>;
}

/** What a file is, by its name. Everything else is binary data. */
const TEXT_EXTENSIONS = new Set(['.txt', '.md', '.srt', '.vtt']);

/** Opens a file and reads what it is, so that a wrong one is found before anything starts. */
export async function openInput({ nodeId, path }: NodeFile): Promise<InputFile> {
  const extension = extname(path).toLowerCase();
  if (extension === '.wav') return openWav(nodeId, path);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  const data = wholeFile(path, extension, bytes);
  return {
    nodeId,
    totalBytes: bytes.byteLength,
    async *chunks() {
      yield { data, timestampMs: 0, fileBytes: bytes.byteLength };
    },
    close: async () => {},
  };
}

function wholeFile(path: string, extension: string, bytes: Uint8Array): RuntimeData {
  if (TEXT_EXTENSIONS.has(extension)) {
    return { kind: 'text', textData: bytes, encoding: 'utf-8', language: '', channel: '', metadata: {} };
  }
  if (extension !== '.json') return { kind: 'binary', data: bytes, mimeType: 'application/octet-stream', metadata: {} };
  const jsonPayload = new TextDecoder().decode(bytes);
  try {
    JSON.parse(jsonPayload);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  return { kind: 'json', jsonPayload, schemaType: '', metadata: {} };
}

async function openWav(nodeId: string, path: string): Promise<InputFile> {
  const file = await open(path, constants.O_RDONLY).catch((error: unknown) => {
    throw fileError('read', path, error);
  });
  try {
    const layout = await readWavLayout(file, (await file.stat()).size);
    return {
      nodeId,
      totalBytes: layout.dataBytes,
      chunks: () => readAudio(file, layout),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error instanceof WavError
      ? new UsageError(`${path} ${error.message}`, error.hint)
      : fileError('read', path, error);
  }
}

async function* readAudio(file: FileHandle, layout: WavLayout): AsyncGenerator<InputChunk> {
  const frameBytes = wavFrameBytes(layout);
  const chunkBytes = Math.ceil((layout.sampleRate * AUDIO_CHUNK_MS) / 1000) * frameBytes;
  const format = formatOfWav(layout);
  for (let position = 0; position < layout.dataBytes; position += chunkBytes) {
    const length = Math.min(chunkBytes, layout.dataBytes - position);
    const bytes = await readFully(file, layout.dataOffset + position, length);
    yield {
      data: {
        kind: 'audio',
        samples: fromWavBytes(bytes, layout, format),
        sampleRate: layout.sampleRate,
        channels: layout.channels,
        format,
        numSamples: (bytes.byteLength / frameBytes) * layout.channels,
        metadataJson: null,
        metadata: {},
      },
      timestampMs: Math.round((position / frameBytes / layout.sampleRate) * 1000),
      fileBytes: bytes.byteLength,
    };
  }
}

async function readFully(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new RemoteMediaError('input.invalid', 'The input file became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}

/** A system error about a file that the user named. */
export function fileError(verb: 'read' | 'write', path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why = code === 'ENOENT' ? 'it is not there' : error instanceof Error ? error.message : String(error);
  return new UsageError(`cannot ${verb} ${path}: ${why}`, 'check the path and its permissions');
}
