import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers, NOTHING_LEFT, startTestService, type TestService } from '../harness/service.js';
import { GoClient } from './go-client.js';

const ghz = new GoClient('ghz');
const SERVICE = 'remotemedia.v1.PipelineExecutionService';

interface Report {
  readonly count: number;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly errorDistribution: Readonly<Record<string, number>>;
}

describe.skipIf(ghz.whyNot !== null)('ghz', () => {
  let running: TestService;

  beforeAll(async () => {
    running = await startTestService();
  });

  afterAll(async () => {
    await running.close();
  });

  async function load(method: string, calls: number, workers: number, request: unknown): Promise<Report> {
    const args = ['--insecure', '--call', `${SERVICE}/${method}`, '-n', `${calls}`, '-c', `${workers}`, '-O', 'json'];
    const data = ['-d', JSON.stringify(request)];
    const { code, stdout, stderr } = await ghz.run([...args, ...data, '--connections=4', running.address]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { count, statusCodeDistribution, errorDistribution } = JSON.parse(stdout) as Report;
    return { count, statusCodeDistribution, errorDistribution };
  }

  it('gets an answer to each of 400 questions', async () => {
    const report = await load('GetVersion', 400, 20, { client_version: 'v1' });
    expect(report).toEqual({ count: 400, statusCodeDistribution: { OK: 400 }, errorDistribution: {} });
  });

  it('runs 300 native pipelines, 20 at a time, and nothing is left', async () => {
    const buffer = { text: { textData: Buffer.from('hello').toString('base64'), encoding: 'utf-8' } };
    const nodes = [
      { id: 'a', node_type: 'PassThrough' },
      { id: 'b', node_type: 'PassThrough' },
    ];
    const request = { version: 'v1', nodes, connections: [{ from: 'a', to: 'b' }], data_inputs: { a: buffer } };
    const report = await load('ExecutePipeline', 300, 20, request);
    expect(report).toEqual({ count: 300, statusCodeDistribution: { OK: 300 }, errorDistribution: {} });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });

  it('runs 40 pipelines with a Python process each', async () => {
    const request = { version: 'v1', nodes: [{ id: 'echo', node_type: 'EchoNode' }] };
    const report = await load('ExecutePipeline', 40, 4, request);
    expect(report).toEqual({ count: 40, statusCodeDistribution: { OK: 40 }, errorDistribution: {} });
    expect(await leftovers(running)).toEqual(NOTHING_LEFT);
  });
});
