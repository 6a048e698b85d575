import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../observe/logger.js';
import { callLogger } from './call-log.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

function linesOf(format: 'text' | 'json', headers: Readonly<Record<string, string>>): string {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  let written = '';
  const writer = {
    write: (text: string) => {
      written += text;
    },
  };
  callLogger(createLogger({ level: 'info', format, writer }), metadata)
    .child({ session: 's1' })
    .info('ready');
  return written;
}

describe('the log of a call', () => {
  it('is as it was where the client says nothing', () => {
    expect(linesOf('text', {})).toBe('[INFO] Session s1: ready\n');
  });

  it('names request and trace after the line, and as fields in JSON', () => {
    const headers = { 'x-request-id': 'req-42', traceparent: `00-${TRACE}-${SPAN}-01` };
    expect(linesOf('text', headers)).toBe(`[INFO] Session s1: ready (request_id=req-42 trace_id=${TRACE})\n`);
    expect(JSON.parse(linesOf('json', headers))).toMatchObject({
      request_id: 'req-42',
      trace_id: TRACE,
      span_id: SPAN,
      session: 's1',
    });
  });

  it('lets nothing into a line that is no id, and no more than 128 characters', () => {
    expect(linesOf('text', { 'x-request-id': 'a) [ERROR] forged' })).toContain('(request_id=a___ERROR__forged)');
    expect(linesOf('text', { 'x-request-id': 'x'.repeat(4000) })).toBe(
      `[INFO] Session s1: ready (request_id=${'x'.repeat(128)})\n`,
    );
  });

  it.each([
    ['of version ff', `ff-${TRACE}-${SPAN}-01`],
    ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['that is too long', `00-${TRACE}-${SPAN}-011`],
    ['that is something else', 'yes'],
  ])('does not take a trace %s', (_, traceparent) => {
    expect(linesOf('text', { traceparent })).toBe('[INFO] Session s1: ready\n');
  });

  it('takes a trace of a later version, which may have more', () => {
    expect(linesOf('text', { traceparent: `01-${TRACE}-${SPAN}-01-more` })).toContain(TRACE);
  });
});
