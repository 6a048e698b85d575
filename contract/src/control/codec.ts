import type { z } from 'zod';
import { type ProcessLine, processLine, type ServiceLine, serviceLine } from './lines.js';
import { type ProbeReport, type ProbeRequest, probeReport } from './probe.js';

/** A line that was read. An unknown one is for the log: the other side may be newer. */
export type ParsedLine<Line> =
  | { readonly status: 'line'; readonly line: Line }
  | { readonly status: 'unknown'; readonly type: string }
  | { readonly status: 'invalid'; readonly reason: string };

/** One control line with its line feed. Keys keep their order, so equal lines have equal bytes. */
export function encodeControl(line: ServiceLine | ProcessLine | ProbeRequest): string {
  return `${JSON.stringify(line)}\n`;
}

/** Reads a line that a process wrote, without or with its line feed. Never throws. */
export function parseProcessLine(text: string): ParsedLine<ProcessLine> {
  return parseLine(processLine, PROCESS_TYPES, text);
}

/** Reads a line that the service wrote. Never throws. */
export function parseServiceLine(text: string): ParsedLine<ServiceLine> {
  return parseLine(serviceLine, SERVICE_TYPES, text);
}

/** Reads the line that the discovery process wrote. Never throws. */
export function parseProbeReport(text: string): ParsedLine<ProbeReport> {
  const json = parseJson(text);
  const parsed = probeReport.safeParse(json);
  return parsed.success ? { status: 'line', line: parsed.data } : { status: 'invalid', reason: reasonOf(parsed.error) };
}

const PROCESS_TYPES = new Set<string>(processLine.options.map((option) => option.shape.type.value));
const SERVICE_TYPES = new Set<string>(serviceLine.options.map((option) => option.shape.type.value));

function parseLine<Line>(schema: z.ZodType<Line>, types: ReadonlySet<string>, text: string): ParsedLine<Line> {
  const json = parseJson(text);
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  if (typeof type !== 'string') {
    return { status: 'invalid', reason: 'not a JSON object with a type' };
  }
  if (!types.has(type)) {
    return { status: 'unknown', type };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { status: 'line', line: parsed.data } : { status: 'invalid', reason: reasonOf(parsed.error) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ');
}
