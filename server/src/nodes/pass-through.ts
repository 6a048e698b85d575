import { z } from 'zod';
import { defineNode } from './node.js';

/** Hands every input on as it came, whatever its kind. */
export const passThrough = defineNode({
  type: 'PassThrough',
  aliases: ['PassThroughNode'],
  description: 'Hands every input on unchanged.',
  params: z.strictObject({}),
  inputs: 'any',
  outputs: 'any',
  outputFormat: { sample_rate: 'input', channels: 'input', format: 'input' },
  create: () => ({ process: (data) => data }),
});
