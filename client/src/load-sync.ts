import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MethodDefinition, type Options, type PackageDefinition, loadSync as readProto } from '@grpc/proto-loader';
import { RemoteMediaError } from '@remotemedia/contract';
import { manifestText } from './manifest-input.js';

const PROTO = fileURLToPath(new URL('../proto/remotemedia.proto', import.meta.url));

/** Fields of a manifest, which a unary request may have instead of `manifest`. */
const MANIFEST_FIELDS = ['version', 'metadata', 'nodes', 'connections'];

type Message = Readonly<Record<string, unknown>>;
type AnyMethod = MethodDefinition<object, object>;

/**
 * `loadSync` of @grpc/proto-loader for code that was written with it, but with manifests as they stand in their files.
 *
 * `grpc.loadPackageDefinition` takes the result. The clients it makes accept `{ manifest }` with a plain object: `params`
 * and `multiprocess` are objects, keys are snake_case or camelCase, whatever `keepCase` says. The manifest may be JSON or
 * YAML text too, or be the whole request. All else is written as proto-loader has it: `dataInputs`, or `data_inputs`
 * with `keepCase: true`. 64-bit integers are numbers unless `longs` says otherwise.
 *
 * @param filename `remotemedia.proto`, with any path. The file is not read: this package has its own.
 * @throws RemoteMediaError `input.invalid` for another file.
 */
export function loadSync(filename: string | readonly string[], options: Options = {}): PackageDefinition {
  const [name, ...others] = typeof filename === 'string' ? [filename] : filename;
  if (name === undefined || basename(name) !== 'remotemedia.proto' || others.length > 0) {
    throw new RemoteMediaError('input.invalid', `loadSync reads remotemedia.proto only, not ${String(filename)}`, {
      hint: 'Load other files with @grpc/proto-loader.',
    });
  }
  const definition = readProto(PROTO, { longs: Number, ...options });
  const key = options.keepCase === true ? 'manifest_json' : 'manifestJson';
  for (const service of Object.values(definition)) {
    if (isMethods(service)) adaptMethods(service, key);
  }
  return definition;
}

function adaptMethods(service: Record<string, AnyMethod>, key: string): void {
  for (const [name, adapt] of [
    ['ExecutePipeline', executeRequest],
    ['StreamPipeline', streamRequest],
  ] as const) {
    const method = service[name];
    if (method === undefined) continue;
    const serialize = method.requestSerialize;
    service[name] = { ...method, requestSerialize: (request) => serialize(adapt(request, key)) };
  }
}

function executeRequest(request: object, key: string): Message {
  const message = withManifestText(request, key);
  if (!('nodes' in message)) return message;
  const entries = Object.entries(message);
  const manifest = entries.filter(([name]) => MANIFEST_FIELDS.includes(name));
  const rest = entries.filter(([name]) => !MANIFEST_FIELDS.includes(name));
  return { ...Object.fromEntries(rest), [key]: manifestText(Object.fromEntries(manifest)) };
}

function streamRequest(request: object, key: string): Message {
  if (!('init' in request) || !isObject(request.init)) return { ...request };
  return { ...request, init: withManifestText(request.init, key) };
}

/** The manifest as text, which the service reads as it reads a file. */
function withManifestText(request: object, key: string): Message {
  const { manifest, ...rest }: { manifest?: unknown } = request;
  if (manifest === undefined || manifest === null) return rest;
  if (!isObject(manifest) && typeof manifest !== 'string') {
    throw new RemoteMediaError('manifest.invalid', `The manifest must be an object or text, got ${typeof manifest}`);
  }
  return { ...rest, [key]: manifestText(manifest) };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A package definition holds services, and messages that have a `format`. */
function isMethods(definition: PackageDefinition[string]): definition is Record<string, AnyMethod> {
  return !('format' in definition && typeof definition.format === 'string');
}
