import { describeValue, isPlainObject, isPrintable, quote, quoteBytes, textOf } from '../problems/describe.js';
import { NotAValueError, readEntries } from './proto-value.js';
import { ValueBudget } from './value-budget.js';

/** Parameters as they were found, or what was found instead. */
export type ParamsReading =
  | { readonly params: Record<string, unknown> }
  | { readonly message: string; readonly hint: string | null };

/**
 * The rule for `NodeManifest.params` on the wire, where field 3 is a JSON text from older clients and a map of values
 * from newer ones: one record that is a JSON object is the parameters; an empty record or `null` is no parameters;
 * JSON of another type is an error; otherwise every record is an entry of a map.
 *
 * @throws RemoteMediaError `manifest.invalid` when they hold more than `values` has left.
 */
export function readParamsRecords(records: readonly Uint8Array[], values = new ValueBudget()): ParamsReading {
  const [first] = records;
  if (first === undefined || (records.length === 1 && first.byteLength === 0)) {
    return { params: {} };
  }
  if (records.length === 1) {
    const text = textOf(first);
    const json = text === null ? undefined : parseJson(text, values);
    if (json !== undefined) {
      return paramsOfJson(json);
    }
  }
  try {
    return { params: readEntries(records, values) };
  } catch (error) {
    if (error instanceof NotAValueError) {
      return notParams(records.find((record) => !isEntry(record)) ?? first, error.message);
    }
    throw error;
  }
}

/** Parameters given as JSON text: in `params_json`, or in the `params` of a manifest written for an older client. */
export function readParamsText(text: string, values: ValueBudget): ParamsReading {
  if (text === '') {
    return { params: {} };
  }
  const json = parseJson(text, values);
  return json === undefined ? notJson(text) : paramsOfJson(json);
}

function paramsOfJson(json: unknown): ParamsReading {
  if (json === null) {
    return { params: {} };
  }
  if (isPlainObject(json)) {
    return { params: json };
  }
  return { message: `Parameters must be a JSON object, got ${describeValue(json)}`, hint: null };
}

function notParams(record: Uint8Array, reason: string): ParamsReading {
  const text = textOf(record);
  if (text !== null && text !== '' && isPrintable(text)) {
    return notJson(text);
  }
  return {
    message: `Parameters are neither a JSON object nor a map of values: ${reason}, in ${quoteBytes(record)}`,
    hint: 'Send params as a map of google.protobuf.Value, each with a kind, or as JSON text in params_json.',
  };
}

function notJson(text: string): ParamsReading {
  const message = `Parameters are not a JSON object: ${quote(text)}`;
  return text.trim() === '[object Object]'
    ? { message, hint: 'The client turned an object into a text; send JSON.stringify(params) instead of params.' }
    : { message, hint: 'Check the JSON syntax of the parameters.' };
}

function isEntry(record: Uint8Array): boolean {
  try {
    readEntries([record], new ValueBudget());
    return true;
  } catch {
    return false;
  }
}

/** Undefined for what is not JSON; no JSON text parses to undefined. */
function parseJson(text: string, values: ValueBudget): unknown {
  values.takeText(text);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
