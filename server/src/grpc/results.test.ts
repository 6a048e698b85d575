import type { AudioData, RuntimeData } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { resultBuffers } from './result-buffers.js';
import { joinOutputs, OutputCollector } from './results.js';

const audio = (bytes: number[], sampleRate = 16_000): AudioData => ({
  kind: 'audio',
  samples: Uint8Array.from(bytes),
  sampleRate,
  channels: 1,
  format: 2,
  numSamples: bytes.length / 2,
  metadataJson: null,
  metadata: {},
});
const text = (value: string): RuntimeData => ({
  kind: 'text',
  textData: Buffer.from(value),
  encoding: '',
  language: '',
  channel: '',
  metadata: {},
});
const output = (nodeId: string, data: RuntimeData) => ({ nodeId, sequence: 0, data });

describe('joinOutputs', () => {
  it('concatenates audio of one format and joins text, per sink', () => {
    const outputs = [
      output('a', audio([1, 2])),
      output('t', text('he')),
      output('a', audio([3, 4])),
      output('t', text('y')),
    ];
    const { byNode, warnings } = joinOutputs(outputs);
    expect(byNode.get('a')).toMatchObject({ samples: Buffer.from([1, 2, 3, 4]), numSamples: 2, sampleRate: 16_000 });
    expect(byNode.get('t')).toMatchObject({ textData: Buffer.from('hey') });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['audio of two formats', [audio([1, 2]), audio([3, 4], 8000)]],
    ['audio and text', [audio([1, 2]), text('x')]],
    ['text and audio', [text('x'), audio([1, 2])]],
  ])('keeps the last of %s, and says how many were left out', (_, list) => {
    const { byNode, warnings } = joinOutputs(list.map((data) => output('a', data)));
    expect(byNode.get('a')).toBe(list[1]);
    expect(warnings).toEqual([expect.stringContaining('the last of 2 outputs; the 1 before')]);
  });

  it('hands on a single output as it is', () => {
    const single = audio([1, 2]);
    expect(joinOutputs([output('a', single)]).byNode.get('a')).toBe(single);
    expect(joinOutputs([]).byNode.size).toBe(0);
  });
});

describe('OutputCollector', () => {
  it('refuses more than one answer may hold, with the name of the setting', () => {
    const collector = new OutputCollector(1000);
    collector.add(output('a', audio([1, 2])), 800);
    expect(() => collector.add(output('a', audio([1, 2])), 300)).toThrow(
      expect.objectContaining({ details: { asked: 1356, allowed: 1000, setting: 'limits.max_message_bytes' } }),
    );
  });

  it('does not keep empty outputs without end', () => {
    const collector = new OutputCollector(1000);
    const keepMany = (): void => {
      for (let count = 0; count < 100; count++) collector.add(output('a', text('')), 0);
    };
    expect(keepMany).toThrow(expect.objectContaining({ code: 'limit.message_size' }));
  });
});

describe('resultBuffers', () => {
  it('gives the parts of a composite one by one, each with its name', () => {
    const buffers = new Map<string, RuntimeData>([
      ['left', audio([1, 2])],
      ['note', text('x')],
    ]);
    const parts = resultBuffers({ kind: 'composite', buffers, metadata: {} });
    expect(parts.map(({ metadata }) => metadata.get('buffer_name'))).toEqual(['left', 'note']);
    expect(buffers.get('left')?.metadata).toEqual({});
  });
});
