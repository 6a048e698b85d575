import { serviceDefinition, wire } from '@remotemedia/contract';

/** A view, not a copy: grpc-js wants a Buffer. */
const toBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const executionService = serviceDefinition(wire.PipelineExecutionServiceDefinition, toBuffer);
export const streamingService = serviceDefinition(wire.StreamingPipelineServiceDefinition, toBuffer);
