import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { DESCRIPTOR_FILES } from '../gen/descriptors.js';
import {
  PipelineExecutionServiceDefinition,
  StreamingPipelineServiceDefinition,
  StreamRequest,
  VersionRequest,
} from '../gen/remotemedia.js';
import { isCompatibleClient } from './client-version.js';
import { serviceDefinition } from './service-definition.js';

const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe('a generated service in the form of grpc-js', () => {
  test('unary methods', () => {
    const { executePipeline, getVersion } = serviceDefinition(PipelineExecutionServiceDefinition, toBuffer);
    expect(executePipeline.path).toBe('/remotemedia.v1.PipelineExecutionService/ExecutePipeline');
    expect([executePipeline.requestStream, executePipeline.responseStream]).toEqual([false, false]);
    const bytes = getVersion.requestSerialize(VersionRequest.fromPartial({ clientVersion: 'v1' }));
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(getVersion.requestDeserialize(bytes)).toEqual({ clientVersion: 'v1' });
  });

  test('streams', () => {
    const { streamPipeline } = serviceDefinition(StreamingPipelineServiceDefinition, toBuffer);
    expect([streamPipeline.requestStream, streamPipeline.responseStream]).toEqual([true, true]);
    const request: StreamRequest = { request: { $case: 'control', value: { command: 1 } } };
    expect(streamPipeline.requestDeserialize(streamPipeline.requestSerialize(request))).toEqual(request);
    expect(StreamRequest.decode(new Uint8Array(0)).request).toBeUndefined();
  });
});

describe('descriptors for reflection', () => {
  const set = readFileSync(new URL('../../../proto/remotemedia.binpb', import.meta.url));

  test('are the bytes of the committed descriptor set', () => {
    const files = DESCRIPTOR_FILES.map(({ base64 }) => Buffer.from(base64, 'base64'));
    const framed = files.flatMap((file) => [Buffer.from([0x0a]), varint(file.byteLength), file]);
    expect(Buffer.concat(framed).equals(set)).toBe(true);
    expect(fromBinary(FileDescriptorSetSchema, set).file.map(({ name }) => name)).toEqual(
      DESCRIPTOR_FILES.map(({ name }) => name),
    );
  });

  test('stand after what they import, and name what they define', () => {
    const seen = new Set<string>();
    for (const { name, dependencies, symbols, base64 } of DESCRIPTOR_FILES) {
      expect(dependencies.every((dependency) => seen.has(dependency))).toBe(true);
      seen.add(name);
      const file = fromBinary(FileDescriptorProtoSchema, Buffer.from(base64, 'base64'));
      expect(symbols).toEqual(
        expect.arrayContaining(file.messageType.map((message) => `${file.package}.${message.name}`)),
      );
    }
    const symbols = DESCRIPTOR_FILES.flatMap((file) => file.symbols);
    expect(symbols).toContain('remotemedia.v1.PipelineExecutionService.ExecutePipeline');
    expect(symbols).toContain('remotemedia.v1.StreamControl.Command');
    expect(symbols).toContain('google.protobuf.Struct');
  });

  test('show params as a map of values', () => {
    const file = fromBinary(FileDescriptorSetSchema, set).file.find(({ package: name }) => name === 'remotemedia.v1');
    const node = file?.messageType.find(({ name }) => name === 'NodeManifest');
    expect(node?.field.find(({ name }) => name === 'params')?.typeName).toBe(
      '.remotemedia.v1.NodeManifest.ParamsEntry',
    );
    expect(node?.nestedType[0]?.field[1]?.typeName).toBe('.google.protobuf.Value');
  });
});

test.each(['', 'v1', 'v1.0', 'v1.2.3', '1.0', '1.4.2-beta', '1'])('a client of version "%s" fits', (version) => {
  expect(isCompatibleClient(version)).toBe(true);
});

test.each(['v2', '2.0', 'v10', '0.9', 'v1x', 'latest', ' v1'])('a client of version "%s" does not', (version) => {
  expect(isCompatibleClient(version)).toBe(false);
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) {
    bytes.push((rest & 0x7f) | 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
