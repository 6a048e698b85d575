import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtInRegistry } from './built-in.js';
import { loadNodeModules } from './load-modules.js';
import { defineNode } from './node.js';
import { passThrough } from './pass-through.js';
import { NodeRegistry } from './registry.js';
import { audioOf } from './test-audio.js';
import { runNode } from './testing.js';

const named = (type: string, aliases: string[] = []) =>
  defineNode({
    type,
    aliases,
    description: 'x',
    params: z.strictObject({}),
    inputs: 'any',
    outputs: [],
    create: () => ({}),
  });

describe('node registry', () => {
  it('knows the built-in nodes by name and alias', () => {
    const registry = builtInRegistry();
    expect(registry.list().map(({ type, origin }) => [type, origin])).toEqual([
      ['AudioBufferAccumulatorNode', 'built-in'],
      ['AudioChunkerNode', 'built-in'],
      ['AudioFileSinkNode', 'built-in'],
      ['AudioFileSourceNode', 'built-in'],
      ['AudioOutputNode', 'built-in'],
      ['ChannelMixNode', 'built-in'],
      ['EnergyVadGateNode', 'built-in'],
      ['FormatConverterNode', 'built-in'],
      ['MediaReaderNode', 'built-in'],
      ['PassThrough', 'built-in'],
      ['ResampleNode', 'built-in'],
      ['SileroVADNode', 'built-in'],
      ['TextCollectorNode', 'built-in'],
      ['TextRuleNode', 'built-in'],
    ]);
    expect(registry.get('PassThroughNode')).toBe(passThrough);
    expect(registry.get('FastResampleNode')?.type).toBe('ResampleNode');
    expect(registry.has('Nothing')).toBe(false);
  });

  it.each([
    ['AudioChunkNode', 'AudioChunkerNode'],
    ['audio_chunker', 'AudioChunkerNode'],
    ['ResmapleNode', 'ResampleNode'],
  ])('finds the name that %s was meant to be', (wanted, expected) => {
    expect(builtInRegistry().nearest(wanted)[0]).toBe(expected);
  });

  it('describes parameters as JSON Schema with defaults and descriptions', () => {
    const chunker = builtInRegistry()
      .list()
      .find(({ type }) => type === 'AudioChunkerNode');
    expect(chunker).toMatchObject({
      inputs: ['audio'],
      outputs: ['audio'],
      params: {
        type: 'object',
        additionalProperties: false,
        properties: {
          chunk_size: {
            type: 'integer',
            minimum: 1,
            maximum: 1_048_576,
            default: 1024,
            description: expect.any(String),
          },
        },
      },
    });
    for (const { params } of builtInRegistry().list()) {
      for (const property of Object.values(params['properties'] ?? {})) expect(property).toHaveProperty('description');
    }
  });

  it('reports every problem with parameters, with its path', () => {
    expect(builtInRegistry().get('ResampleNode')?.checkParams({ target_rat: 16_000, quality: 'best' })).toEqual([
      { path: 'target_rate', message: expect.stringContaining('expected'), unknownKey: null },
      { path: 'quality', message: expect.stringContaining('"fast"|"medium"|"high"'), unknownKey: null },
      { path: 'target_rat', message: "unknown parameter 'target_rat'", unknownKey: 'target_rat' },
    ]);
  });

  it('refuses a name that is taken, as an alias too', () => {
    const registry = new NodeRegistry();
    registry.register(named('A', ['B']));
    expect(() => registry.register(named('C', ['B']), { module: './c.js' })).toThrow(
      'Node type B of module ./c.js is already defined by the service itself',
    );
    expect(registry.has('C')).toBe(false);
  });

  it('refuses parameters that are no schema', () => {
    expect(() => defineNode({ ...named('A'), params: {} as z.ZodType, create: () => ({}) })).toThrow(
      'params must be a zod 4 schema',
    );
  });
});

describe('PassThrough', () => {
  it('hands on the very same data', async () => {
    const audio = audioOf(new Int16Array(3));
    const [frame] = await runNode(passThrough, { inputs: [audio] });
    expect(frame?.data).toBe(audio);
  });
});

describe('modules of the user', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'node-modules-'));
    const node = pathToFileURL(join(import.meta.dirname, 'node.ts')).href;
    const definition = (type: string) =>
      `defineNode({ type: '${type}', description: 'x', params: z.strictObject({}), inputs: 'any', outputs: 'any', create: () => ({}) })`;
    const head = `import { defineNode } from '${node}';\nimport { z } from '${import.meta.resolve('zod')}';\n`;
    await writeFile(
      join(folder, 'good.mjs'),
      `${head}export const a = ${definition('GoodA')};\nexport const list = [a, ${definition('GoodB')}];`,
    );
    await writeFile(join(folder, 'empty.mjs'), 'export const x = 1;');
    await writeFile(join(folder, 'broken.mjs'), "throw new TypeError('no such thing');");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('register every node that they export', async () => {
    const registry = builtInRegistry();
    await loadNodeModules(registry, ['good.mjs'], folder);
    expect(registry.list().filter(({ origin }) => origin !== 'built-in')).toMatchObject([
      { type: 'GoodA', origin: { module: 'good.mjs' } },
      { type: 'GoodB', origin: { module: 'good.mjs' } },
    ]);
  });

  it.each([
    ['./missing.mjs', 'Native module ./missing.mjs failed to load'],
    ['not-an-installed-package', 'Native module not-an-installed-package failed to load'],
    ['./broken.mjs', 'Native module ./broken.mjs failed to load: TypeError: no such thing'],
    ['./empty.mjs', 'Native module ./empty.mjs exports no node'],
  ])('say what is wrong: %s', async (module, message) => {
    await expect(loadNodeModules(new NodeRegistry(), [module], folder)).rejects.toMatchObject({
      code: 'config.invalid',
      message: expect.stringContaining(message),
      details: { setting: 'native.modules' },
    });
  });
});
