import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { reflection } from '@remotemedia/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../harness/service.js';
import { RawClient } from './raw-client.js';

const SET = readFileSync(new URL('../../proto/remotemedia.binpb', import.meta.url));
const LOAD = fileURLToPath(new URL('peers/load_descriptors.py', import.meta.url));
const CODECS = [reflection.ServerReflectionRequest, reflection.ServerReflectionResponse] as const;
const FILES = ['google/protobuf/struct.proto', 'remotemedia.proto'];

type Question = reflection.ServerReflectionRequest['messageRequest'];

let running: TestService;
let client: RawClient;

beforeAll(async () => {
  running = await startTestService();
  client = new RawClient(running.address);
});

afterAll(async () => {
  client.close();
  await running.close();
});

describe.each(['v1', 'v1alpha'])('grpc.reflection.%s', (version) => {
  const ask = (...questions: Question[]) => {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const requests = questions.map((messageRequest) => ({ host: 'here', messageRequest }));
    return client.stream(path, CODECS, requests);
  };

  async function filesOf(symbol: string): Promise<Buffer[]> {
    const [answer] = await ask({ $case: 'fileContainingSymbol', value: symbol });
    const response = answer?.messageResponse;
    if (response?.$case !== 'fileDescriptorResponse') throw new Error(`no file has ${symbol}`);
    return response.value.fileDescriptorProto.map((bytes) => Buffer.from(bytes));
  }

  it('answers with the bytes of the committed set', async () => {
    const files = await filesOf('remotemedia.v1.PipelineExecutionService');
    expect(files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name)).toEqual(FILES);
    for (const bytes of files) expect(SET.includes(bytes)).toBe(true);
    expect(
      fromBinary(FileDescriptorSetSchema, SET)
        .file.slice(0, 2)
        .map(({ name }) => name),
    ).toEqual(FILES);
  });

  it('lists what the service has, and has a descriptor of each', async () => {
    const [answer] = await ask({ $case: 'listServices', value: '' });
    const response = answer?.messageResponse;
    const names = response?.$case === 'listServicesResponse' ? response.value.service.map(({ name }) => name) : [];
    expect(names).toHaveLength(5);
    for (const name of names) {
      const file = fromBinary(FileDescriptorProtoSchema, (await filesOf(name)).at(-1) ?? new Uint8Array());
      expect(file.service.map((service) => `${file.package}.${service.name}`)).toContain(name);
    }
  });

  it('answers each question in turn, repeats it, and goes on after one without an answer', async () => {
    const unknown: Question = { $case: 'fileByFilename', value: 'nothing.proto' };
    const known: Question = { $case: 'fileByFilename', value: 'remotemedia.proto' };
    const answers = await ask(unknown, known);
    expect(answers).toMatchObject([
      { messageResponse: { $case: 'errorResponse', value: { errorCode: 5 } } },
      { messageResponse: { $case: 'fileDescriptorResponse' } },
    ]);
    expect(answers.map(({ originalRequest }) => originalRequest)).toEqual(
      [unknown, known].map((messageRequest) => ({ host: 'here', messageRequest })),
    );
  });

  it('satisfies the protobuf runtimes of TypeScript and Python', async () => {
    const files = await filesOf('remotemedia.v1.PipelineExecutionService');
    const set = fromBinary(FileDescriptorSetSchema, SET);
    const registry = createFileRegistry({
      ...set,
      file: files.map((file) => fromBinary(FileDescriptorProtoSchema, file)),
    });
    const params = registry.getMessage('remotemedia.v1.NodeManifest')?.field['params'];
    expect(params).toMatchObject({ fieldKind: 'map', message: { typeName: 'google.protobuf.Value' } });

    const python = running.service.python.interpreter?.executable ?? '';
    const input = files.map((file) => `${file.toString('base64')}\n`).join('');
    const { status, stdout, stderr } = spawnSync(python, [LOAD], { input, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ params: 'google.protobuf.Value', packed: { voice: 'sarah' } });
  });
});
