import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

/** Says its parameters when the input has ended. */
export const tellParams = defineNode({
  type: 'TellParamsNative',
  description: 'Says its parameters when the input has ended.',
  params: z.looseObject({}),
  inputs: 'any',
  outputs: ['json'],
  create: (params) => ({
    process: () => null,
    flush: () => ({ kind: 'json', jsonPayload: JSON.stringify(params), schemaType: '', metadata: {} }),
  }),
});
