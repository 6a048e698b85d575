import { DESCRIPTOR_FILES } from '@remotemedia/contract';
import { describe, expect, it } from 'vitest';
import { ReflectionAnswers } from './reflection.js';

const answers = new ReflectionAnswers(['remotemedia.v1.StreamingPipelineService', 'grpc.health.v1.Health']);

function filesFor(symbol: string): string[] {
  const answer = answers.answer({ $case: 'fileContainingSymbol', value: symbol });
  if (answer.$case !== 'fileDescriptorResponse') return [answer.$case];
  const names = new Map(DESCRIPTOR_FILES.map(({ name, base64 }) => [base64, name]));
  return answer.value.fileDescriptorProto.map((bytes) => names.get(Buffer.from(bytes).toString('base64')) ?? 'changed');
}

describe('reflection', () => {
  it.each([
    ['a service', 'remotemedia.v1.PipelineExecutionService'],
    ['a method', 'remotemedia.v1.PipelineExecutionService.ExecutePipeline'],
    ['a message', 'remotemedia.v1.NodeManifest'],
    ['a field', 'remotemedia.v1.NodeManifest.params'],
    ['a oneof', 'remotemedia.v1.DataBuffer.data_type'],
    ['a nested enum', 'remotemedia.v1.StreamControl.Command'],
    ['a value of a nested enum', 'remotemedia.v1.StreamControl.COMMAND_CLOSE'],
    ['a value of an enum', 'remotemedia.v1.AUDIO_FORMAT_F32'],
  ])('finds the file of %s, after what it imports', (_, symbol) => {
    expect(filesFor(symbol)).toEqual(['google/protobuf/struct.proto', 'remotemedia.proto']);
  });

  it.each([
    ['grpc.health.v1.Health', 'grpc/health/v1/health.proto'],
    ['grpc.reflection.v1.ServerReflection', 'grpc/reflection/v1/reflection.proto'],
    ['grpc.reflection.v1alpha.ServerReflection', 'grpc/reflection/v1alpha/reflection.proto'],
    ['google.protobuf.Value', 'google/protobuf/struct.proto'],
  ])('finds %s', (symbol, file) => {
    expect(filesFor(symbol)).toEqual([file]);
  });

  it.each([
    ['a symbol', { $case: 'fileContainingSymbol', value: 'remotemedia.v1.Nothing' }],
    ['half a name', { $case: 'fileContainingSymbol', value: 'remotemedia.v1' }],
    ['a file', { $case: 'fileByFilename', value: '/etc/passwd' }],
    ['a type to extend', { $case: 'allExtensionNumbersOfType', value: 'x.Y' }],
    ['an extension', { $case: 'fileContainingExtension', value: { containingType: 'x.Y', extensionNumber: 1 } }],
  ] as const)('has no answer for %s that is not there', (_, question) => {
    expect(answers.answer(question)).toMatchObject({ $case: 'errorResponse', value: { errorCode: 5 } });
  });

  it('says that a question is missing', () => {
    expect(answers.answer(undefined)).toMatchObject({ $case: 'errorResponse', value: { errorCode: 3 } });
  });
});
