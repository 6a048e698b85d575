import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

/** Says its parameter `all` when the input has ended. */
export const tellParams = defineNode({
  type: 'TellParamsNative',
  description: 'Says its parameter `all` when the input has ended.',
  // One of any content: a schema of an object leaves the key `__proto__` out.
  params: z.strictObject({ all: z.unknown() }),
  inputs: 'any',
  outputs: ['json'],
  create: ({ all }) => ({
    process: () => null,
    flush: () => ({ kind: 'json', jsonPayload: JSON.stringify(all), schemaType: '', metadata: {} }),
  }),
});
