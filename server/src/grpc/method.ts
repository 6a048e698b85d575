import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import type { GeneratedService } from '@remotemedia/contract';

/**
 * A generated service with its messages left as bytes.
 *
 * grpc-js ends a call with a bare INTERNAL when a decoder throws, and keeps decoded results in a queue of its own where
 * nobody can tell when their memory is free again. So the handlers decode and encode themselves.
 */
export function rawService(service: GeneratedService): ServiceDefinition {
  const methods: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  for (const [key, { name, requestStream, responseStream }] of Object.entries(service.methods)) {
    methods[key] = {
      path: `/${service.fullName}/${name}`,
      requestStream,
      responseStream,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    };
  }
  return methods;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}

/** The same bytes as the kind of array that grpc-js wants. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
