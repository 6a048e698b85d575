import {
  fromErrorResponse,
  grpcStatusOf,
  isRemoteMediaError,
  type RemoteMediaError,
  toErrorResponse,
  toGrpcStatus,
  type wire,
} from '@remotemedia/contract';
import type { CallEnd } from './raw-client.js';

const INTERNAL = 13;
const UNKNOWN = 2;
const DEADLINE_EXCEEDED = 4;
const MESSAGE_LIMIT = 4096;
const TRAILER_LIMIT_BYTES = 8 * 1024;

/** What is wrong with the way an input was refused; null: nothing. */
export function faultOf(thrown: unknown): string | null {
  if (!isRemoteMediaError(thrown))
    return `threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  return faultOfStatus(grpcStatusOf(thrown.code), thrown) ?? faultOfWire(thrown);
}

/** The same for the answer that a client gets. */
export function faultOfStatus(status: number, error: RemoteMediaError): string | null {
  if (status === INTERNAL || status === UNKNOWN) return `status ${status}, ${error.code}: ${error.message}`;
  const texts = [error.message, error.hint ?? '', error.nodeId ?? '', ...problemTexts(error)];
  for (const text of texts) {
    if (text.length > MESSAGE_LIMIT) return `a text of ${text.length} characters: ${text.slice(0, 100)}`;
    if (hasControlCharacters(text)) return `control characters in ${JSON.stringify(text).slice(0, 300)}`;
  }
  return error.message.trim() === '' ? 'an empty message' : null;
}

function faultOfWire(error: RemoteMediaError): string | null {
  const { message, details } = toGrpcStatus(error);
  const bytes = encodeURIComponent(message).length + details.byteLength;
  if (bytes > TRAILER_LIMIT_BYTES) return `trailers of ${bytes} bytes`;
  if (hasControlCharacters(message)) return `control characters in ${JSON.stringify(message).slice(0, 300)}`;
  // The whole error of a stream lists up to a hundred problems.
  const whole = toErrorResponse(error);
  return whole.context.length > 400 * 1024 ? `a context of ${whole.context.length} characters` : null;
}

function problemTexts(error: RemoteMediaError): string[] {
  return (error.details.problems ?? []).flatMap(({ path, message, hint, nodeId }) => [
    path,
    message,
    hint ?? '',
    nodeId ?? '',
  ]);
}

/** Control characters, line ends among them, and halves of characters. */
export function hasControlCharacters(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text) || /\p{Surrogate}/u.test(text);
}

/** What is wrong with the end of a call; null: nothing. A deadline is a fault: each call should have been answered long before. */
export function faultOfEnd({ status, error, trailerBytes }: CallEnd): string | null {
  if (error === null) return status === 0 ? null : `status ${status} without an error`;
  if (trailerBytes > TRAILER_LIMIT_BYTES) return `trailers of ${trailerBytes} bytes`;
  const isLate = status === DEADLINE_EXCEEDED && !/max_timeout_ms/.test(error.message);
  return isLate ? `no answer in time: ${error.message}` : faultOfStatus(status, error);
}

/** What is wrong with an error that a stream has sent as a message; null: nothing. */
export function faultOfMessage(response: wire.ErrorResponse): string | null {
  const error = fromErrorResponse(response);
  return faultOfStatus(grpcStatusOf(error.code), error);
}
