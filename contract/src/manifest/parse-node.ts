import type { z } from 'zod';
import { describeValue, isPlainObject } from '../problems/describe.js';
import { zodProblems } from '../problems/zod-problems.js';
import { checkJsonData } from './json-data.js';
import { normaliseKeys, type Report } from './keys.js';
import type { Capabilities, ManifestNode } from './manifest.js';
import { type ParamsReading, readParamsText } from './params.js';
import { capabilitiesShape, cpuShape, gpuShape, nodeShape } from './shape.js';
import type { ValueBudget } from './value-budget.js';

/** Parameters that the wire's rule could not read; in place of the object they should be. */
export class UnreadableParams {
  readonly message: string;
  readonly hint: string | null;

  constructor(message: string, hint: string | null) {
    this.message = message;
    this.hint = hint;
  }
}

/** The stock JavaScript loader drops `node_type` from a plain object unless told to keep names as they are. */
const KEEP_CASE_HINT =
  'If the manifest has a node_type, the client drops it: load the proto with { keepCase: true }, or write nodeType.';

/** One node, or null when something about it is wrong. */
export function parseNode(value: unknown, path: string, report: Report, fromWire: boolean): ManifestNode | null {
  const before = report.problems.count;
  const raw = parsePart(nodeShape, value, path, report);
  if (raw === null) {
    return null;
  }
  if (raw.node_type === '') {
    const hint = fromWire ? KEEP_CASE_HINT : 'Set node_type; `remotemedia nodes list` shows them.';
    // In the message, too, but once: who uses a stock client sees nothing else.
    const isFirst = fromWire && report.problems.problems.every((problem) => problem.hint !== hint);
    const remedy = isFirst ? '; if the manifest has one, load the proto with keepCase: true, or write nodeType' : '';
    report.problems.add({
      path: `${path}.node_type`,
      message: `Node '${raw.id}' has no node type${remedy}`,
      nodeId: raw.id,
      hint,
    });
  }
  const params = parseParams(raw.params, raw.params_json, raw.id, path, report);
  const capabilities = parseCapabilities(raw.capabilities, `${path}.capabilities`, report);
  if (report.problems.count > before) {
    return null;
  }
  return {
    id: raw.id,
    nodeType: raw.node_type,
    params,
    isStreaming: raw.is_streaming,
    capabilities,
    host: raw.host,
    runtimeHint: raw.runtime_hint,
    inputTypes: raw.input_types,
    outputTypes: raw.output_types,
  };
}

/** One part of a manifest by its shape: keys in one spelling, defaults filled, problems collected. */
export function parsePart<Shape extends z.ZodObject>(
  shape: Shape,
  value: unknown,
  path: string,
  report: Report,
): z.output<Shape> | null {
  if (!isPlainObject(value)) {
    report.problems.add({ path, message: `Must be an object, got ${describeValue(value)}` });
    return null;
  }
  const object = normaliseKeys(value, Object.keys(shape.shape), path, report);
  const parsed = shape.safeParse(object);
  if (parsed.success) {
    return parsed.data;
  }
  const nodeId = typeof object['id'] === 'string' ? object['id'] : null;
  for (const problem of zodProblems(parsed.error, object, path)) {
    report.problems.add({ ...problem, nodeId });
  }
  return null;
}

function parseParams(
  params: unknown,
  paramsJson: string | undefined,
  nodeId: string,
  path: string,
  report: Report,
): Record<string, unknown> {
  const hasBoth = params !== undefined && paramsJson !== undefined && paramsJson !== '';
  const place = `${path}.${params === undefined ? 'params_json' : 'params'}`;
  const reading: ParamsReading = hasBoth
    ? { message: 'Parameters are given twice, in params and in params_json', hint: null }
    : readParams(params, paramsJson, report.values);
  if ('message' in reading) {
    report.problems.add({ path: place, nodeId, code: 'manifest.bad_params', ...reading });
    return {};
  }
  checkJsonData(reading.params, place, { problems: report.problems, nodeId });
  return reading.params;
}

function readParams(params: unknown, paramsJson: string | undefined, values: ValueBudget): ParamsReading {
  if (params instanceof UnreadableParams) {
    return { message: params.message, hint: params.hint };
  }
  if (params === undefined) {
    return readParamsText(paramsJson ?? '', values);
  }
  if (typeof params === 'string') {
    return readParamsText(params, values);
  }
  return isPlainObject(params)
    ? { params }
    : { message: `Parameters must be an object, got ${describeValue(params)}`, hint: null };
}

function parseCapabilities(value: unknown, path: string, report: Report): Capabilities | null {
  if (value === undefined) {
    return null;
  }
  const raw = parsePart(capabilitiesShape, value, path, report);
  const gpu = raw?.gpu === undefined ? null : parsePart(gpuShape, raw.gpu, `${path}.gpu`, report);
  const cpu = raw?.cpu === undefined ? null : parsePart(cpuShape, raw.cpu, `${path}.cpu`, report);
  return {
    gpu: gpu === null ? null : { type: gpu.type, minMemoryGb: gpu.min_memory_gb, required: gpu.required },
    cpu,
    memoryGb: raw?.memory_gb ?? 0,
  };
}
