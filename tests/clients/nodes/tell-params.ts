import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

/** Answers every message with its parameter `all`. */
export const tellParams = defineNode({
  type: 'TellParamsNative',
  description: 'Answers every message with its parameter `all`.',
  // One of any content: a schema of an object leaves the key `__proto__` out.
  params: z.strictObject({ all: z.unknown() }),
  inputs: 'any',
  outputs: ['json'],
  create: ({ all }) => ({
    process: () => ({ kind: 'json', jsonPayload: JSON.stringify(all), schemaType: '', metadata: {} }),
  }),
});
