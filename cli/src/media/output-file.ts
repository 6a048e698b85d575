import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import {
  type AudioData,
  MAX_WAV_DATA_BYTES,
  makeWavHeader,
  RemoteMediaError,
  type RuntimeData,
  type WavFormat,
} from '@remotemedia/contract';
import { asText, audioSeconds, channelsText } from '../report/describe-data.js';
import type { WrittenFile } from '../report/run-report.js';
import { fileError } from './input-file.js';
import type { NodeFile } from './node-file.js';

const FORMAT_F32 = 1;
const FORMAT_I16 = 2;

/** How one kind of data becomes a file. */
interface Encoder {
  /** Bytes in front of the data, once it is known how long that is. */
  header(dataBytes: number): Uint8Array;
  /** Bytes of one message; throws where it does not fit to those before. */
  encode(data: RuntimeData): Uint8Array;
  describe(): string;
}

/**
 * Collects the results of one node in a file. The first result decides what the file holds. It gets its name when the
 * run has succeeded; until then, and after a failure, a file that was there before stays as it is.
 */
export class OutputFile {
  readonly nodeId: string;
  readonly #path: string;
  readonly #draft: string;
  readonly #file: FileHandle;
  #encoder: Encoder | null = null;
  #headerBytes = 0;
  #dataBytes = 0;
  #state: 'open' | 'closed' = 'open';

  private constructor({ nodeId, path }: NodeFile, draft: string, file: FileHandle) {
    this.nodeId = nodeId;
    this.#path = path;
    this.#draft = draft;
    this.#file = file;
  }

  static async open(target: NodeFile): Promise<OutputFile> {
    const draft = `${target.path}.${process.pid}.part`;
    try {
      return new OutputFile(target, draft, await open(draft, 'w'));
    } catch (error) {
      throw fileError('write', target.path, error);
    }
  }

  async write(data: RuntimeData): Promise<void> {
    if (this.#encoder === null) {
      this.#encoder = encoderFor(data, this.nodeId);
      this.#headerBytes = this.#encoder.header(0).byteLength;
    }
    const bytes = this.#encoder.encode(data);
    await this.#put(bytes, this.#headerBytes + this.#dataBytes);
    this.#dataBytes += bytes.byteLength;
  }

  /** Gives the file its name. Null when the node gave nothing: then there is no file. */
  async finish(): Promise<WrittenFile | null> {
    const encoder = this.#encoder;
    if (encoder === null) {
      await this.discard();
      return null;
    }
    this.#state = 'closed';
    await this.#put(encoder.header(this.#dataBytes), 0);
    await this.#file.close();
    await rename(this.#draft, this.#path);
    return {
      nodeId: this.nodeId,
      path: this.#path,
      bytes: this.#headerBytes + this.#dataBytes,
      content: encoder.describe(),
    };
  }

  /** Removes what was written; nothing after `finish`. */
  async discard(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#file.close();
    await rm(this.#draft, { force: true });
  }

  async #put(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.byteLength - written, position + written);
      written += bytesWritten;
    }
  }
}

function encoderFor(first: RuntimeData, nodeId: string): Encoder {
  switch (first.kind) {
    case 'audio':
      return wavEncoder(first, nodeId);
    case 'text':
    case 'json':
      return lineEncoder(first.kind, nodeId);
    case 'binary':
    case 'tensor':
    case 'numpy':
    case 'video':
      return rawEncoder(first.kind, nodeId);
    case 'file':
    case 'control':
    case 'composite':
      throw cannotWrite(nodeId, `results of kind ${first.kind} have no file form`);
  }
}

function wavEncoder(first: AudioData, nodeId: string): Encoder {
  const { sampleRate, channels, format } = first;
  const wav: WavFormat = {
    encoding: format === FORMAT_F32 ? 'float' : 'integer',
    bits: format === FORMAT_I16 ? 16 : 32,
    channels,
    sampleRate,
  };
  let seconds = 0;
  let dataBytes = 0;
  return {
    header: (bytes) => makeWavHeader(wav, bytes),
    encode: (data) => {
      const same =
        data.kind === 'audio' && data.sampleRate === sampleRate && data.channels === channels && data.format === format;
      if (!same)
        throw cannotWrite(nodeId, 'its audio changed its rate, channels or format, or was followed by other data');
      dataBytes += data.samples.byteLength;
      if (dataBytes > MAX_WAV_DATA_BYTES) throw cannotWrite(nodeId, 'a WAV file holds 4 GiB at most');
      seconds += audioSeconds(data);
      return data.samples;
    },
    describe: () => `${seconds.toFixed(2)} s of audio, ${sampleRate} Hz, ${channelsText(channels)}`,
  };
}

function lineEncoder(kind: 'text' | 'json', nodeId: string): Encoder {
  const encoder = new TextEncoder();
  let lines = 0;
  return {
    header: () => new Uint8Array(0),
    encode: (data) => {
      const text = data.kind === kind ? asText(data) : null;
      if (text === null) throw cannotWrite(nodeId, `it gave ${kind} and then ${data.kind}`);
      lines += 1;
      return encoder.encode(`${text}\n`);
    },
    describe: () => `${lines} ${kind} ${lines === 1 ? 'result' : 'results'}`,
  };
}

function rawEncoder(kind: 'binary' | 'tensor' | 'numpy' | 'video', nodeId: string): Encoder {
  let bytes = 0;
  return {
    header: () => new Uint8Array(0),
    encode: (data) => {
      const raw = data.kind === kind ? rawBytes(data) : null;
      if (raw === null) throw cannotWrite(nodeId, `it gave ${kind} and then ${data.kind}`);
      bytes += raw.byteLength;
      return raw;
    },
    describe: () => `${bytes} bytes of ${kind} data`,
  };
}

function rawBytes(data: RuntimeData): Uint8Array | null {
  if (data.kind === 'video') return data.pixelData;
  return data.kind === 'binary' || data.kind === 'tensor' || data.kind === 'numpy' ? data.data : null;
}

function cannotWrite(nodeId: string, why: string): RemoteMediaError {
  return new RemoteMediaError('input.invalid', `The results of node ${nodeId} cannot go into one file: ${why}`, {
    nodeId,
    hint: `Leave out -o ${nodeId}=FILE and use --json, or read the results with a client.`,
  });
}
