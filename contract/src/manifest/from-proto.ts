import { RemoteMediaError } from '../errors/error.js';
import type {
  ExecuteRequest,
  ManifestMetadata,
  NodeManifest,
  PipelineManifest,
  StreamInit,
} from '../gen/remotemedia.js';
import type { Report } from './keys.js';
import type { Manifest } from './manifest.js';
import { readParamsRecords } from './params.js';
import { checkManifest, NODE_LIMIT, newReport } from './parse-manifest.js';
import { UnreadableParams } from './parse-node.js';
import { NotAValueError, readStruct } from './proto-value.js';
import { parseText, REQUEST_YAML_LIMIT } from './text.js';
import type { ValueBudget } from './value-budget.js';

/**
 * A manifest that came as a protobuf message.
 *
 * @throws RemoteMediaError `manifest.*` with every problem and its path in `details.problems`.
 */
export function fromProtoManifest(proto: PipelineManifest): Manifest {
  const report = newReport();
  const { metadata, nodes, connections } = proto;
  const object = {
    version: proto.version,
    metadata: metadata === undefined ? {} : metadataObject(metadata, report),
    // Of too many, none is looked at.
    nodes: nodes.length > NODE_LIMIT ? nodes : nodes.map((node) => nodeObject(node, report.values)),
    connections,
  };
  return checkManifest(object, report, true);
}

/**
 * The manifest of a request, in whichever of its forms it came: as `manifest`, as the manifest's own fields at top
 * level (unary calls only), or as text in `manifest_json`.
 *
 * @throws RemoteMediaError `manifest.invalid` when there is none or more than one, and what the forms throw.
 */
export function manifestOfRequest(request: ExecuteRequest | StreamInit): Manifest {
  const forms: { name: string; read: () => Manifest }[] = [];
  const { manifest, manifestJson } = request;
  if (manifest !== undefined) {
    forms.push({ name: 'manifest', read: () => fromProtoManifest(manifest) });
  }
  if ('nodes' in request && isBareManifest(request)) {
    forms.push({ name: 'version, metadata, nodes, connections', read: () => fromProtoManifest(request) });
  }
  if (manifestJson !== '') {
    forms.push({
      name: 'manifest_json',
      read: () => readText(manifestJson),
    });
  }
  const [form, second] = forms;
  if (form === undefined) {
    throw new RemoteMediaError('manifest.invalid', 'Manifest validation error: The request has no manifest', {
      hint: 'Set manifest, or manifest_json with the text of a manifest file.',
    });
  }
  if (second !== undefined) {
    const names = forms.map(({ name }) => name).join('; ');
    throw new RemoteMediaError(
      'manifest.invalid',
      `Manifest validation error: The request has more than one manifest: ${names}`,
      {
        hint: 'Send one of them.',
      },
    );
  }
  return form.read();
}

function readText(text: string): Manifest {
  const report = newReport();
  return checkManifest(parseText(text, report.values, REQUEST_YAML_LIMIT), report, false);
}

function isBareManifest({ version, metadata, nodes, connections }: ExecuteRequest): boolean {
  return version !== '' || metadata !== undefined || nodes.length > 0 || connections.length > 0;
}

/** A node in the form that files have. Fields that were not set are left out, so that defaults are decided once. */
function nodeObject(node: NodeManifest, values: ValueBudget): Record<string, unknown> {
  const { gpu, cpu, memoryGb } = node.capabilities ?? {};
  return {
    id: node.id,
    node_type: node.nodeType,
    ...(node.params.length === 0 ? {} : { params: paramsOf(node.params, values) }),
    ...(node.paramsJson === '' ? {} : { params_json: node.paramsJson }),
    is_streaming: node.isStreaming,
    ...(node.capabilities === undefined ? {} : { capabilities: { gpu, cpu, memory_gb: memoryGb } }),
    host: node.host,
    runtime_hint: node.runtimeHint,
    input_types: node.inputTypes,
    output_types: node.outputTypes,
  };
}

function paramsOf(records: readonly Uint8Array[], values: ValueBudget): Record<string, unknown> | UnreadableParams {
  const reading = readParamsRecords(records, values);
  return 'params' in reading ? reading.params : new UnreadableParams(reading.message, reading.hint);
}

function metadataObject(metadata: ManifestMetadata, report: Report): Record<string, unknown> {
  const { name, description, createdAt, multiprocess } = metadata;
  return { name, description, created_at: createdAt, multiprocess: multiprocessObject(multiprocess, report) };
}

function multiprocessObject(records: readonly Uint8Array[], report: Report): Record<string, unknown> {
  if (records.length > 0 && records.every((record) => record.byteLength === 0)) {
    // The stock JavaScript loader does this to a plain object, and nothing else sends an empty struct on purpose.
    report.warnings.push('metadata.multiprocess came empty: a stock JavaScript client drops what a plain object holds');
  }
  try {
    // A message that comes in several records is the concatenation of them: protobuf says so.
    return readStruct(concatenate(records), report.values);
  } catch (error) {
    if (!(error instanceof NotAValueError)) {
      throw error;
    }
    const message = `Is not a google.protobuf.Struct: ${error.message}`;
    report.problems.add({ path: 'metadata.multiprocess', message });
    return {};
  }
}

function concatenate(records: readonly Uint8Array[]): Uint8Array {
  const [first, second] = records;
  if (first !== undefined && second === undefined) {
    return first;
  }
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.byteLength, 0));
  let at = 0;
  for (const record of records) {
    bytes.set(record, at);
    at += record.byteLength;
  }
  return bytes;
}
