import { AUDIO_FORMAT, type SampleFormat } from '@remotemedia/contract';
import { z } from 'zod';

/** The parameter that says in which sample format a node gives its audio. */
export const formatParam = z
  .enum(['keep', 'f32', 'i16', 'i32'])
  .default('keep')
  .describe('Sample format of the output; keep: that of the input.');

/** Sample formats by their names. */
export const FORMATS = { f32: AUDIO_FORMAT.F32, i16: AUDIO_FORMAT.I16, i32: AUDIO_FORMAT.I32 } as const;

/** The format to give, where `own` is that of the input. */
export function resolveFormat(param: z.output<typeof formatParam>, own: SampleFormat): SampleFormat {
  return param === 'keep' ? own : FORMATS[param];
}
