import { z } from 'zod';

/** Names of the sample formats in parameters and declarations. */
export const SAMPLE_FORMAT_NAMES = ['f32', 'i16', 'i32'] as const;

export type SampleFormatName = (typeof SAMPLE_FORMAT_NAMES)[number];

/** `input`: the value of the node's input. `param:NAME`: the value of a parameter. */
const reference = z.string().regex(/^(input|param:[A-Za-z_]\w*)$/);

/**
 * A format of audio as a node type declares it.
 *
 * On the way in a field lists the values of which each will do. On the way out it has one value, or says where that comes
 * from. Null: any, or not known before the data is there.
 */
export const audioFormatSpec = z.strictObject({
  /** Hz, of one channel. */
  sample_rate: z.union([z.array(z.int().positive()).min(1), reference]).nullable(),
  channels: z.union([z.array(z.int().positive()).min(1), reference]).nullable(),
  format: z.union([z.array(z.enum(SAMPLE_FORMAT_NAMES)).min(1), reference]).nullable(),
});

/** What to do about audio that a node does not take, for the error that says so. */
export const FORMAT_HINT =
  'Send audio of that format, put a ResampleNode before the node, or set auto_convert = true in metadata.multiprocess.';

export type AudioFormatSpec = z.infer<typeof audioFormatSpec>;
