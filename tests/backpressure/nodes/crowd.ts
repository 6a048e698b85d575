import { setTimeout as pause } from 'node:timers/promises';
import type { RuntimeData } from '@remotemedia/contract';
import { defineNode } from '@remotemedia/server';
import { z } from 'zod';

const nothing = z.strictObject({});
const numbered = (number: number): RuntimeData => ({
  kind: 'json',
  jsonPayload: JSON.stringify({ number }),
  schemaType: '',
  metadata: {},
});

export const nativeBurst = defineNode({
  type: 'NativeBurst',
  description: 'Gives `count` small messages for each one that it takes.',
  params: z.strictObject({ count: z.int().min(0) }),
  inputs: 'any',
  outputs: 'any',
  create: ({ count }) => ({
    *process() {
      for (let number = 0; number < count; number += 1) yield numbered(number);
    },
  }),
});

export const nativeTakeTime = defineNode({
  type: 'NativeTakeTime',
  description: 'Hands each message on after a turn of the event loop and a millisecond.',
  params: nothing,
  inputs: 'any',
  outputs: 'any',
  create: () => ({
    async process(data) {
      await pause(1);
      return data;
    },
  }),
});
