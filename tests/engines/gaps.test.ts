import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WireClient } from '../harness/client.js';
import { chainOf } from '../harness/messages.js';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';

let running: TestService;
let client: WireClient;

beforeAll(async () => {
  running = await startTestService();
  client = new WireClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

const PARAMS = { modelSize: 'large' };
const THREE = chainOf({
  in: 'PassThrough',
  package: 'LacksPackageNode',
  program: 'LacksProgramNode',
  weights: ['LacksWeightsNode', PARAMS],
});
/** The same as a file has it. */
const FILE = {
  version: 'v1',
  nodes: [
    { id: 'in', nodeType: 'PassThrough' },
    { id: 'package', nodeType: 'LacksPackageNode' },
    { id: 'program', nodeType: 'LacksProgramNode' },
    { id: 'weights', nodeType: 'LacksWeightsNode', params: PARAMS },
  ],
  connections: [],
};

describe('nodes that lack what they need', () => {
  it('fail with one error that lists every gap of the pipeline and what closes it, and leave nothing', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: THREE } });
    const { code, error } = await stream.ended;
    expect(code).toBe(9);
    expect(error?.code).toBe('engine.missing');
    expect(error?.message).toBe(
      "Node 'package' (LacksPackageNode) lacks what it needs: package no-such-package 1.2 is not installed; " +
        "Node 'program' (LacksProgramNode) lacks what it needs: the program no-such-program is not on the PATH; " +
        "Node 'weights' (LacksWeightsNode) lacks what it needs: the weights vast (a shop, 900 GB, no licence) are not on this machine",
    );
    expect(error?.hint).toContain('remotemedia nodes install LacksPackageNode');
    expect(error?.hint).toContain('apt-get install no-such-debian-package');
    expect(error?.hint).toContain('models.allow_downloads = true');
    expect(running.log.join('')).not.toContain('ImportError');
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('are told before anything runs, and do not make a manifest invalid', async () => {
    const manifest = running.service.validate(FILE);
    expect(manifest.nodes.at(-1)?.params).toEqual({ model_size: 'vast' });
    expect(manifest.warnings).toEqual([
      `Node 'weights': LacksWeightsNode has no model_size 'large'; it is taken for "vast"`,
    ]);
    const gaps = await running.service.findGaps(manifest);
    expect(gaps.map(({ nodeId, gaps: found }) => [nodeId, found.map(({ kind }) => kind)])).toEqual([
      ['package', ['package']],
      ['program', ['program']],
      ['weights', ['weights']],
    ]);
  });

  it('lack only what their parameters ask for', async () => {
    const small = { version: 'v1', nodes: [{ id: 'a', node_type: 'LacksWeightsNode' }], connections: [] };
    expect(await running.service.findGaps(running.service.validate(small))).toEqual([]);
  });

  it('have neighbours that never notice', async () => {
    const stream = client.stream().read();
    stream.send({ init: { manifest: chainOf({ in: 'PassThrough', echo: 'EchoNode' }) } });
    await stream.response('ready');
    const other = client.stream().read();
    other.send({ init: { manifest: THREE } });
    expect((await other.ended).code).toBe(9);
    stream.send({ control: { command: 'COMMAND_CLOSE' } });
    expect((await stream.ended).code).toBe(0);
  });
});

describe('a value that a node does not know', () => {
  it('is an error that lists the known ones', () => {
    const nodes = [{ id: 'a', node_type: 'LacksWeightsNode', params: { model_size: 'huge' } }];
    expect(() => running.service.validate({ version: 'v1', nodes, connections: [] })).toThrow(
      /must be one of "small", "vast" \(nodes\[0\]\.params\.model_size\)/,
    );
  });
});
