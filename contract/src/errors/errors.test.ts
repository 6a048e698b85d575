import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ErrorResponse, ErrorType } from '../gen/remotemedia.js';
import { decodeMessage, encodeMessage } from '../wire/service-definition.js';
import { ERROR_TABLE, type ErrorCode, GRPC_STATUS, grpcStatusOf, isErrorCode } from './codes.js';
import { type ErrorDetails, isRemoteMediaError, RemoteMediaError, toRemoteMediaError } from './error.js';
import { fromErrorResponse, toErrorResponse } from './error-response.js';
import { fromGrpcStatus, TRAILER_LIMIT_BYTES, toGrpcStatus } from './grpc-status.js';

const golden = JSON.parse(readFileSync(new URL('../../fixtures/errors.json', import.meta.url), 'utf8')) as {
  codes: Record<string, unknown>;
  responses: {
    name: string;
    error: {
      code: ErrorCode;
      message: string;
      node_id: string | null;
      hint: string | null;
      details: Record<string, unknown>;
    };
    response_base64: string;
    grpc_status: number;
    status_details_base64: string;
  }[];
};

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

function goldenError({ error }: (typeof golden.responses)[number]): RemoteMediaError {
  const { log_id, exit_code, ...details } = error.details;
  return new RemoteMediaError(error.code, error.message, {
    nodeId: error.node_id,
    hint: error.hint,
    details: {
      ...details,
      ...(log_id === undefined ? {} : { logId: log_id }),
      ...(exit_code === undefined ? {} : { exitCode: exit_code }),
    } as ErrorDetails,
  });
}

const facts = ({ code, message, nodeId, hint, details }: RemoteMediaError) => ({
  code,
  message,
  nodeId,
  hint,
  details,
});

/** What message and details take in the trailers. */
function trailerBytes({ message, details }: { message: string; details: Uint8Array }): number {
  return encodeURIComponent(message).length + Buffer.from(details).toString('base64').length;
}

test('the table is the golden list', () => {
  const table = Object.entries(ERROR_TABLE).map(([code, kind]) => [
    code,
    {
      grpc_status: kind.grpcStatus,
      grpc_status_number: GRPC_STATUS[kind.grpcStatus],
      error_type: kind.errorType,
      error_type_number: ErrorType[kind.errorType],
      retryable: kind.retryable,
      hint: kind.hint,
    },
  ]);
  expect(Object.fromEntries(table)).toEqual(golden.codes);
});

test('the tree in the source names every code', () => {
  const source = readFileSync(new URL('./codes.ts', import.meta.url), 'utf8');
  const drawn = [...source.matchAll(/^ \* {3}(\w+)((?: +\.\w+)*)/gm)].flatMap(([, group = '', rest = '']) => {
    const leaves = rest
      .split('.')
      .slice(1)
      .map((leaf) => leaf.trim());
    return leaves.length === 0 ? [group] : leaves.map((leaf) => `${group}.${leaf}`);
  });
  expect(drawn.sort()).toEqual(Object.keys(ERROR_TABLE).sort());
});

describe('an error on the wire', () => {
  test.each(golden.responses)('$name', (example) => {
    const error = goldenError(example);
    expect(Buffer.from(encodeMessage(ErrorResponse, toErrorResponse(error))).toString('base64')).toBe(
      example.response_base64,
    );
    expect(facts(fromErrorResponse(decodeMessage(ErrorResponse, bytesOf(example.response_base64))))).toEqual(
      facts(error),
    );

    const status = toGrpcStatus(error);
    expect(status.code).toBe(example.grpc_status);
    expect(Buffer.from(status.details).toString('base64')).toBe(example.status_details_base64);
    const received = fromGrpcStatus(status.code, status.message, bytesOf(example.status_details_base64));
    expect(facts(received)).toEqual(facts(error));
  });

  test('keeps every detail', () => {
    const error = new RemoteMediaError('limit.processes', 'Too many', {
      details: {
        problems: [{ path: 'nodes[0]', message: 'm', code: 'manifest.cycle', hint: null, nodeId: 'a' }],
        causedBy: { code: 'process.crashed', nodeId: 'b', message: 'died' },
        stderr: ['one', 'two'],
        asked: 0,
        allowed: 3,
        setting: 'limits.max_processes',
        logId: 'x',
        exitCode: 3,
        signal: 'SIGSEGV',
        sequence: 2 ** 53 - 1,
        traceback: 't',
      },
    });
    const response = decodeMessage(ErrorResponse, encodeMessage(ErrorResponse, toErrorResponse(error)));
    expect(facts(fromErrorResponse(response))).toEqual(facts(error));
  });

  test('of an older service has no code and gets the nearest', () => {
    const response = ErrorResponse.fromPartial({
      errorType: ErrorType.NODE_EXECUTION,
      message: 'm',
      context: 'free text',
    });
    expect(facts(fromErrorResponse(response))).toEqual({
      code: 'node.failed',
      message: 'm',
      nodeId: null,
      hint: null,
      details: {},
    });
    expect(
      Object.values(ErrorType).map((errorType) => fromErrorResponse({ ...response, errorType }).code),
    ).not.toContain(undefined);
  });

  test('survives a context that is not ours', () => {
    for (const context of ['[]', 'null', '{"problems":5,"stderr":[1,"x"],"caused_by":{},"asked":"7"}']) {
      const { details } = fromErrorResponse(ErrorResponse.fromPartial({ context, code: 'internal' }));
      expect(details.asked).toBeUndefined();
    }
  });
});

describe('a status fits the trailers', () => {
  const traceback = `Traceback (most recent call last):\n${'  File "deep.py", line 1, in f ü\n'.repeat(5000)}ValueError: last line`;

  test('the traceback is cut in its middle and says so', () => {
    const error = new RemoteMediaError('node.failed', "Node 'a' failed: ValueError: last line", {
      nodeId: 'a',
      details: { traceback, logId: 'e-17' },
    });
    const status = toGrpcStatus(error);
    expect(trailerBytes(status)).toBeLessThanOrEqual(TRAILER_LIMIT_BYTES);
    expect(trailerBytes(status)).toBeGreaterThan(TRAILER_LIMIT_BYTES - 100);
    const cut = fromGrpcStatus(status.code, status.message, status.details).details.traceback ?? '';
    expect(cut.startsWith('Traceback (most recent call last):')).toBe(true);
    expect(cut.endsWith('ValueError: last line')).toBe(true);
    expect(cut).toContain(`of ${traceback.length} characters left out; the log has it whole under e-17`);
  });

  test.each([
    ['a long message', { message: 'ü'.repeat(5000), details: {} }],
    ['a message of halves of characters', { message: '\ud83c'.repeat(900), details: {} }],
    ['a message with line feeds', { message: 'a\n\n  b\nc', details: {} }],
    [
      'much of stderr',
      { message: 'm', details: { stderr: Array.from({ length: 100 }, () => 'x'.repeat(400)), traceback } },
    ],
    [
      'many problems',
      {
        message: 'm',
        details: {
          problems: Array.from({ length: 100 }, () => ({
            path: 'p'.repeat(300),
            message: 'm'.repeat(300),
            code: 'manifest.invalid' as const,
            hint: 'h'.repeat(300),
            nodeId: 'n'.repeat(128),
          })),
          traceback,
        },
      },
    ],
    ['a setting without an end', { message: 'm', details: { setting: 's'.repeat(9000) } }],
  ])('%s', (_, { message, details }) => {
    const status = toGrpcStatus(new RemoteMediaError('internal', message, { details, nodeId: 'n'.repeat(128) }));
    expect(trailerBytes(status)).toBeLessThanOrEqual(TRAILER_LIMIT_BYTES);
    expect(status.message).not.toMatch(/\n/);
    expect(fromGrpcStatus(status.code, status.message, status.details).code).toBe('internal');
  });

  test('a status that gRPC made itself gets the nearest code', () => {
    expect(fromGrpcStatus(14, 'No connection', null).code).toBe('service.unreachable');
    expect(fromGrpcStatus(4, 'Deadline exceeded', null).code).toBe('session.deadline');
    expect(fromGrpcStatus(99, 'x', Uint8Array.from([255])).code).toBe('internal');
  });
});

describe('any thrown value becomes typed', () => {
  test('ours stays as it is', () => {
    const error = new RemoteMediaError('auth.denied', 'No');
    expect(toRemoteMediaError(error, 'id')).toBe(error);
    expect(error.hint).toBe(ERROR_TABLE['auth.denied'].hint);
    expect(error.retryable).toBe(false);
    expect(isRemoteMediaError(new Error('No'))).toBe(false);
  });

  test('anything else is a bug, with its stack and an id', () => {
    const cause = new TypeError('x is not a function');
    const error = toRemoteMediaError(cause, 'e-3');
    expect(error.code).toBe('internal');
    expect(error.message).toBe('Internal error e-3: x is not a function');
    expect(error.details).toEqual({ logId: 'e-3', traceback: cause.stack });
    expect(error.cause).toBe(cause);
    expect(toRemoteMediaError('text', 'e-4').message).toBe('Internal error e-4: text');
  });

  test('codes are recognised, object keys are not', () => {
    expect(isErrorCode('node.failed')).toBe(true);
    expect(isErrorCode('toString')).toBe(false);
    expect(grpcStatusOf('process.init_timeout')).toBe(4);
  });
});
