import { RemoteMediaError, type RuntimeData } from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, checkAudio } from './audio.js';
import { AudioConverter } from './audio-converter.js';
import { formatParam, resolveFormat } from './format-param.js';
import { defineNode, type NodeInstance, type NodeOutputs } from './node.js';
import { RATE_LIMITS, type ResampleQuality } from './rate-converter.js';

const params = z.strictObject({
  target_rate: z.int().min(1000).max(RATE_LIMITS.maxRate).describe('Samples per second of the output.'),
  quality: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['fast', 'medium', 'high', 'low']))
    .transform((quality): ResampleQuality => (quality === 'low' ? 'fast' : quality))
    // Not `default`: that is what comes out, which JSON Schema leaves unsaid.
    .prefault('medium')
    .describe(
      'fast (or low), medium or high, in any letter case. How steep the filter is: the pass band ends at about 80, 90 or 96 % of half the lower rate.',
    ),
  format: formatParam,
  source_rate: z
    .int()
    .positive()
    .optional()
    .describe('The rate that the input must have; where it is given, audio of another rate is an error.'),
  channels: z
    .int()
    .positive()
    .optional()
    .describe('The channels that the input must have; where it is given, audio of another number is an error.'),
});

type Params = z.output<typeof params>;

/** Changes the sample rate of audio. */
export const resample = defineNode({
  type: 'ResampleNode',
  aliases: ['FastResampleNode'],
  description:
    'Changes the sample rate with a band-limited filter. Output is aligned in time with the input and as long as it; each utterance marked by a voice gate is converted for itself.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'param:target_rate', channels: 'input', format: 'param:format' },
  create: (given, context) => new Resample(given, context.nodeId),
});

class Resample implements NodeInstance {
  readonly #nodeId: string;
  readonly #converter: AudioConverter;

  constructor(given: Params, nodeId: string) {
    this.#nodeId = nodeId;
    this.#converter = new AudioConverter({
      nodeId,
      quality: given.quality,
      targetOf: (input) => {
        checkDeclared(input, given, nodeId);
        const { channels, format } = input;
        return { sampleRate: given.target_rate, channels, format: resolveFormat(given.format, format) };
      },
    });
  }

  process(data: RuntimeData): NodeOutputs {
    return this.#converter.convert(checkAudio(data, this.#nodeId));
  }

  flush(): NodeOutputs {
    return this.#converter.flush();
  }

  close(): void {
    this.#converter.close();
  }
}

/** What the manifest says of the input must be true of it. */
function checkDeclared(input: AudioShape, { source_rate, channels }: Params, nodeId: string): void {
  if (source_rate !== undefined && source_rate !== input.sampleRate) {
    const text = `Node '${nodeId}' is set to a source_rate of ${source_rate} Hz and got audio of ${input.sampleRate} Hz`;
    const hint = 'Leave source_rate out to take any rate, or send audio of that rate.';
    throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
  }
  if (channels !== undefined && channels !== input.channels) {
    const text = `Node '${nodeId}' is set to ${channels} channels and got audio of ${input.channels}`;
    const hint = 'Leave channels out to take any number, or put a ChannelMixNode before it.';
    throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
  }
}
