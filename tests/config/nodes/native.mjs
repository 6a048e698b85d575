import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

/** A native node type of a module of one's own. */
export const ownNode = defineNode({
  type: 'OwnNativeNode',
  description: 'Hands everything on.',
  params: z.strictObject({}),
  inputs: 'any',
  outputs: 'any',
  create: () => ({ process: (data) => data }),
});
