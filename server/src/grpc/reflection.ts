import type { Server, ServerDuplexStream } from '@grpc/grpc-js';
import { decodeRequest, encodeMessage, GRPC_STATUS, reflection } from '@remotemedia/contract';
import type { Logger } from '../observe/logger.js';
import { DescriptorPool } from './descriptor-pool.js';
import { rawService, toBuffer } from './method.js';
import { toStatus, typed } from './status.js';

type Call = ServerDuplexStream<Buffer, Buffer>;
type Request = reflection.ServerReflectionRequest;
type Answer = NonNullable<reflection.ServerReflectionResponse['messageResponse']>;

const V1 = reflection.ServerReflectionDefinition;
/** The same messages under an older name, which is all that many tools ask for. */
const V1_ALPHA = { ...V1, fullName: 'grpc.reflection.v1alpha.ServerReflection' };

/** Lets tools find out what a server offers, without a .proto file. `services`: full names of what it has beside this. */
export function addReflection(server: Server, services: readonly string[], log: Logger): void {
  const answers = new ReflectionAnswers([...services, V1.fullName, V1_ALPHA.fullName]);
  for (const version of [V1, V1_ALPHA]) {
    server.addService(rawService(version), { serverReflectionInfo: (call: Call) => serve(call, answers, log) });
  }
}

function serve(call: Call, answers: ReflectionAnswers, log: Logger): void {
  call.on('data', (bytes: Buffer) => {
    try {
      const request = decodeRequest(reflection.ServerReflectionRequest, bytes);
      const messageResponse = answers.answer(request.messageRequest);
      const response = { validHost: request.host, originalRequest: request, messageResponse };
      if (call.write(toBuffer(encodeMessage(reflection.ServerReflectionResponse, response)))) return;
      // A client that asks and does not read waits for its own answers.
      call.pause();
      call.once('drain', () => call.resume());
    } catch (error) {
      call.emit('error', toStatus(typed(error, log)));
    }
  });
  call.on('end', () => call.end());
}

/** What the protocol's questions are answered with. */
export class ReflectionAnswers {
  readonly #pool = new DescriptorPool();
  readonly #services: readonly string[];

  constructor(services: readonly string[]) {
    this.#services = [...services].sort();
  }

  answer(question: Request['messageRequest']): Answer {
    switch (question?.$case) {
      case 'listServices':
        return { $case: 'listServicesResponse', value: { service: this.#services.map((name) => ({ name })) } };
      case 'fileByFilename':
        return filesOr(this.#pool.fileNamed(question.value), `There is no file '${cut(question.value)}'`);
      case 'fileContainingSymbol':
        return filesOr(this.#pool.fileDefining(question.value), `Nothing is called '${cut(question.value)}'`);
      case 'fileContainingExtension':
        return failure(GRPC_STATUS.NOT_FOUND, 'There are no extensions');
      case 'allExtensionNumbersOfType':
        if (!this.#pool.defines(question.value))
          return failure(GRPC_STATUS.NOT_FOUND, `Nothing is called '${cut(question.value)}'`);
        return {
          $case: 'allExtensionNumbersResponse',
          value: { baseTypeName: question.value, extensionNumber: [] },
        };
      case undefined:
        return failure(GRPC_STATUS.INVALID_ARGUMENT, 'The request asks for nothing');
    }
  }
}

function filesOr(files: Uint8Array[] | null, otherwise: string): Answer {
  return files === null
    ? failure(GRPC_STATUS.NOT_FOUND, otherwise)
    : { $case: 'fileDescriptorResponse', value: { fileDescriptorProto: files } };
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** A name from outside, no longer than an error should be. */
function cut(name: string): string {
  return name.slice(0, 200);
}
