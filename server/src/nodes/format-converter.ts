import { type RuntimeData, SAMPLE_FORMAT_NAMES, type SampleFormatName } from '@remotemedia/contract';
import { z } from 'zod';
import { AcceptedAudio } from './accepted-audio.js';
import { type AudioShape, checkAudio } from './audio.js';
import { AudioConverter } from './audio-converter.js';
import { FORMATS } from './format-param.js';
import { defineNode, type NodeInstance, type NodeOutputs, type NodeResult } from './node.js';

/** The formats from the one that holds the others to the coarsest. */
const FINEST_FIRST = ['f32', 'i32', 'i16'] as const satisfies readonly SampleFormatName[];

const VALUE_LIMIT = 1000;

const params = z.strictObject({
  sample_rate: z
    .array(z.int().positive())
    .min(1)
    .max(VALUE_LIMIT)
    .nullable()
    .default(null)
    .describe('Rates that will do, in Hz; null: any. Another becomes the lowest that is not lower, else the highest.'),
  channels: z
    .array(z.int().positive())
    .min(1)
    .max(VALUE_LIMIT)
    .nullable()
    .default(null)
    .describe(
      'Numbers of channels that will do; null: any. Many become one by their mean, one becomes many by copies.',
    ),
  format: z
    .array(z.enum(SAMPLE_FORMAT_NAMES))
    .min(1)
    .nullable()
    .default(null)
    .describe('Sample formats that will do; null: any. Another becomes the finest of them.'),
});

/** Gives audio a format that the next node takes. The service puts it between nodes where `auto_convert` is set. */
export const formatConverter = defineNode({
  type: 'FormatConverterNode',
  description:
    'Converts audio that is in none of the given formats. What fits, and data of other kinds, passes as it is; speech marks and metadata stay.',
  params,
  inputs: 'any',
  outputs: 'any',
  outputFormat: { sample_rate: 'param:sample_rate', channels: 'param:channels', format: 'param:format' },
  create: (given, context) => new FormatConverter(new AcceptedAudio(given), context.nodeId),
});

class FormatConverter implements NodeInstance {
  readonly #accepted: AcceptedAudio;
  readonly #nodeId: string;
  readonly #converter: AudioConverter;
  /** Whether the latest audio was converted, so that a filter may hold some of it. */
  #isConverting = false;

  constructor(accepted: AcceptedAudio, nodeId: string) {
    this.#accepted = accepted;
    this.#nodeId = nodeId;
    this.#converter = new AudioConverter({ nodeId, quality: 'medium', targetOf: (input) => closest(input, accepted) });
  }

  process(data: RuntimeData): NodeResult {
    if (data.kind !== 'audio') return data;
    if (!this.#accepted.takes(data)) {
      this.#isConverting = true;
      return this.#converter.convert(checkAudio(data, this.#nodeId));
    }
    return this.#isConverting ? this.#pass(data) : data;
  }

  flush(): NodeOutputs {
    return this.#converter.flush();
  }

  close(): void {
    this.#converter.close();
  }

  /** What the filter holds comes before the first audio that needs none. */
  *#pass(data: RuntimeData): Generator<RuntimeData> {
    yield* this.#converter.flush();
    this.#converter.close();
    this.#isConverting = false;
    yield data;
  }
}

/** The shape that audio becomes: what fits stays, and of the rest as little as possible is lost. */
function closest(input: AudioShape, accepted: AcceptedAudio): AudioShape {
  const { sampleRates, channels, formats } = accepted;
  return {
    sampleRate: sampleRates === null ? input.sampleRate : closestRate(input.sampleRate, sampleRates),
    channels: channels === null ? input.channels : closestChannels(input.channels, channels),
    format: formats === null ? input.format : closestFormat(input.format, formats),
  };
}

function closestRate(own: number, rates: readonly number[]): number {
  const higher = rates.filter((rate) => rate >= own);
  return higher.length === 0 ? Math.max(...rates) : Math.min(...higher);
}

/** To one channel and from one channel there is a way without being told more. */
function closestChannels(own: number, channels: readonly number[]): number {
  if (channels.includes(own)) return own;
  return channels.includes(1) ? 1 : Math.min(...channels);
}

function closestFormat(own: AudioShape['format'], formats: readonly SampleFormatName[]): AudioShape['format'] {
  if (formats.some((name) => FORMATS[name] === own)) return own;
  const finest = FINEST_FIRST.find((name) => formats.includes(name));
  return finest === undefined ? own : FORMATS[finest];
}
