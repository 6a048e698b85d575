import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineNode } from '../nodes/node.js';
import type { NodeType } from './catalog.js';
import { settleParams } from './settle-params.js';

const definition = defineNode({
  type: 'GateNode',
  description: '',
  params: z.strictObject({
    min_speech_ms: z.number().default(1),
    http2_port: z.number().optional(),
    voice: z
      .enum(['emma'])
      .optional()
      .meta({ 'x-aliases': { sarah: 'emma' } }),
  }),
  inputs: [],
  outputs: [],
  create: () => ({}),
});
const type: NodeType = {
  kind: 'native',
  type: 'GateNode',
  inputs: [],
  outputs: [],
  inputFormat: null,
  outputFormat: null,
  definition,
};

describe('settled parameters', () => {
  it('have the names of the node, whichever way they were spelt', () => {
    expect(settleParams(type, { minSpeechMs: 3, http2Port: 4 }).params).toEqual({ min_speech_ms: 3, http2_port: 4 });
    expect(settleParams(type, { min_speech_ms: 3 }).params).toEqual({ min_speech_ms: 3 });
  });

  it('keep what the node has no name for, so that it is reported as it was written', () => {
    expect(settleParams(type, { minSpeechSecs: 3, 'x-y': 1 }).params).toEqual({ minSpeechSecs: 3, 'x-y': 1 });
  });

  it('name a parameter that is there in both spellings', () => {
    const { params, doubles } = settleParams(type, { minSpeechMs: 3, min_speech_ms: 4 });
    expect(params).toEqual({ min_speech_ms: 4 });
    expect(doubles).toEqual([
      { name: 'minSpeechMs', message: 'min_speech_ms and minSpeechMs are the same parameter: give one of them' },
    ]);
  });

  it('have the name of a value that the node knows, with a warning', () => {
    expect(settleParams(type, { voice: 'sarah' })).toEqual({
      params: { voice: 'emma' },
      warnings: [`GateNode has no voice 'sarah'; it is taken for "emma"`],
      doubles: [],
    });
    expect(settleParams(type, { voice: 'emma' }).warnings).toEqual([]);
    expect(settleParams(type, { voice: 'toString' }).params).toEqual({ voice: 'toString' });
  });

  it('survive names that mean something to JavaScript', () => {
    const hostile = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, unknown>;
    expect(Object.entries(settleParams(type, hostile).params)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });
});
