import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeControl, parseProbeReport, parseProcessLine, parseServiceLine } from './codec.js';
import type { ProcessLine, ServiceLine } from './lines.js';
import type { ProbeReport, ProbeRequest } from './probe.js';

interface Golden<Line> {
  name: string;
  line: Line;
  text: string;
}

const golden = JSON.parse(readFileSync(new URL('../../fixtures/control.json', import.meta.url), 'utf8')) as {
  service: Golden<ServiceLine>[];
  process: Golden<ProcessLine>[];
  probe_request: Golden<ProbeRequest>[];
  probe_report: Golden<ProbeReport>[];
  unknown_process: string[];
  unknown_service: string[];
  invalid_process: string[];
  extra_fields: { text: string; line: ProcessLine }[];
};

describe('golden lines are read and written again to the same bytes', () => {
  test.each(golden.service)('service: $name', ({ line, text }) => {
    const parsed = parseServiceLine(text);
    expect(parsed).toEqual({ status: 'line', line });
    expect(parsed.status === 'line' && encodeControl(parsed.line)).toBe(text);
  });

  test.each(golden.process)('process: $name', ({ line, text }) => {
    const parsed = parseProcessLine(text);
    expect(parsed).toEqual({ status: 'line', line });
    expect(parsed.status === 'line' && encodeControl(parsed.line)).toBe(text);
  });

  test.each(golden.probe_request)('$name', ({ line, text }) => {
    expect(encodeControl(line)).toBe(text);
  });

  test.each(golden.probe_report)('$name', ({ line, text }) => {
    expect(parseProbeReport(text)).toEqual({ status: 'line', line });
  });
});

test.each(golden.unknown_process)('a line of a newer process is unknown, not wrong: %s', (text) => {
  expect(parseProcessLine(text).status).toBe('unknown');
});

test.each(golden.unknown_service)('a line of a newer service is unknown, not wrong: %s', (text) => {
  expect(parseServiceLine(text).status).toBe('unknown');
});

test.each(golden.invalid_process)('what is no line of a process is refused with a reason: %j', (text) => {
  const parsed = parseProcessLine(text);
  expect(parsed.status).toBe('invalid');
  expect(parsed.status === 'invalid' && parsed.reason).not.toBe('');
});

test.each(golden.extra_fields)('a field that is not known yet is left out', ({ text, line }) => {
  expect(parseProcessLine(text)).toEqual({ status: 'line', line });
});

test('what user code printed instead of a report is refused', () => {
  expect(parseProbeReport('hello\n').status).toBe('invalid');
});
