import { request } from 'node:http';
import { join } from 'node:path';
import { parseServiceStatus, type ServiceStatus } from '@remotemedia/contract';
import { ADMIN_SOCKET } from './admin-server.js';

/** What came of asking a service. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: ServiceStatus }
  /** Nobody listens: the service is dead, or has no admin socket. */
  | { readonly kind: 'absent' }
  /** Somebody listens and gave no answer, or one that this version cannot read. */
  | { readonly kind: 'unresponsive'; readonly reason: string };

/** A status is some hundred bytes per node; this is only a bound. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ABSENT = ['ENOENT', 'ECONNREFUSED', 'ENOTDIR'];

/**
 * Asks the service whose instance has this folder. Never rejects.
 *
 * @param timeoutMs for the whole answer
 */
export function fetchStatus(directory: string, timeoutMs: number): Promise<StatusAnswer> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const failed = (error: NodeJS.ErrnoException): void => {
      const reason = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : error.message;
      resolve(ABSENT.includes(error.code ?? '') ? { kind: 'absent' } : { kind: 'unresponsive', reason });
    };
    const asked = request({ socketPath: join(directory, ADMIN_SOCKET), path: '/status', signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', failed);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('its answer has no end'));
      });
      response.on('end', () => resolve(answerOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))));
    });
    asked.on('error', failed);
    asked.end();
  });
}

function answerOf(code: number, text: string): StatusAnswer {
  if (code !== 200) return { kind: 'unresponsive', reason: `it answered with HTTP status ${code}` };
  const status = parseServiceStatus(text);
  return status === null
    ? { kind: 'unresponsive', reason: 'it answered in a form that this version does not know' }
    : { kind: 'status', status };
}
