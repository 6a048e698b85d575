/**
 * The most bytes that a message may have where `limits.max_message_bytes` allows so many: media of just that size fit, with
 * what stands around them.
 */
export function withEnvelope(maxMessageBytes: number): number {
  return maxMessageBytes + Math.floor(maxMessageBytes / 1024);
}
