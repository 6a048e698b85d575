import { Metadata, status } from '@grpc/grpc-js';
import { RemoteMediaError, STATUS_DETAILS_KEY, toGrpcStatus } from '@remotemedia/contract';
import { expect, test } from 'vitest';
import { fromCallError } from './call-error.js';

const ADDRESS = '127.0.0.1:1';

function serviceError(code: number, details: string, trailer?: Uint8Array): Error {
  const metadata = new Metadata();
  if (trailer !== undefined) metadata.set(STATUS_DETAILS_KEY, Buffer.from(trailer));
  return Object.assign(new Error(`${code} ${details}`), { code, details, metadata });
}

test('the details in the trailer bring back code, node, hint and traceback', () => {
  const sent = new RemoteMediaError('node.failed', "Node 'asr' failed: KeyError: 3", {
    nodeId: 'asr',
    hint: 'Look at the traceback.',
    details: { traceback: 'Traceback …', sequence: 7 },
  });
  const { code, message, details } = toGrpcStatus(sent);
  expect(fromCallError(serviceError(code, message, details), ADDRESS)).toMatchObject({
    code: 'node.failed',
    nodeId: 'asr',
    hint: 'Look at the traceback.',
    details: { traceback: 'Traceback …', sequence: 7 },
  });
});

test.each([status.UNAVAILABLE, status.UNIMPLEMENTED])('status %i of another server names the address', (code) => {
  const error = fromCallError(serviceError(code, 'No connection established'), ADDRESS);
  expect(error.code).toBe('service.unreachable');
  expect(error.message).toContain(ADDRESS);
});

test('a service that is draining is not called unreachable', () => {
  const { code, message, details } = toGrpcStatus(new RemoteMediaError('service.draining', 'The service is draining'));
  expect(fromCallError(serviceError(code, message, details), ADDRESS).code).toBe('service.draining');
});

test('a trailer that cannot be read does not hide the status', () => {
  const error = fromCallError(serviceError(status.INVALID_ARGUMENT, 'bad', new Uint8Array([255, 255])), ADDRESS);
  expect(error.code).toBe('input.invalid');
});

test('an error of ours stays as it is, anything else is a bug', () => {
  const own = new RemoteMediaError('input.invalid', 'x');
  expect(fromCallError(own, ADDRESS)).toBe(own);
  expect(fromCallError(new TypeError('x'), ADDRESS).code).toBe('internal');
});
