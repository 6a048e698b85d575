import type { Duplex } from 'node:stream';

/**
 * Keeps a stream readable when writing to it fails; `onLost` is told of the error instead.
 *
 * A stream that hears of a failed write closes itself, and what the other end had said before it went lies unread in it. Whether
 * the other end is gone cannot be known before a write, so no writer could avoid that.
 */
export function surviveWriteErrors(stream: Duplex, onLost: (error: Error) => void): void {
  const survive =
    (done: (error?: Error | null) => void) =>
    (error?: Error | null): void => {
      if (error !== undefined && error !== null) onLost(error);
      done();
    };
  // These two are how a stream is told to write by whoever implements it: the one place before it closes itself.
  const write = stream._write.bind(stream);
  stream._write = (chunk, encoding, done) => write(chunk, encoding, survive(done));
  const writeSeveral = stream._writev?.bind(stream);
  if (writeSeveral !== undefined) stream._writev = (chunks, done) => writeSeveral(chunks, survive(done));
}
