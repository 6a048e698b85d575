import { quote } from '../problems/describe.js';
import { BinaryReader } from '../wire/binary-reader.js';
import { DEPTH_LIMIT } from './json-data.js';
import { isOverBudget, type ValueBudget } from './value-budget.js';

/**
 * Reads `google.protobuf.Value`, `Struct` and their map entries strictly.
 *
 * The same field may hold a JSON text instead (older clients), so nothing is guessed: an entry has exactly one key and
 * one value, a value has exactly one kind, and no other field may be there.
 */

/** What is wrong with bytes that should be a map of values. The caller knows the place and says it. */
export class NotAValueError extends Error {}

const NULL_VALUE = 1;
const NUMBER_VALUE = 2;
const STRING_VALUE = 3;
const BOOL_VALUE = 4;
const STRUCT_VALUE = 5;
const LIST_VALUE = 6;

/** Wire types of the six kinds, by field number. */
const KIND_WIRE_TYPES: Readonly<Record<number, number>> = { 1: 0, 2: 1, 3: 2, 4: 0, 5: 2, 6: 2 };

/**
 * The map that several entries make.
 *
 * @throws NotAValueError for anything but entries, and for a key that comes twice.
 * @throws RemoteMediaError `manifest.invalid` when they hold more than `values` has left.
 */
export function readEntries(records: Iterable<Uint8Array>, values: ValueBudget, depth = 0): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const record of records) {
    const { key, value } = readEntry(record, values, depth);
    if (Object.hasOwn(map, key)) {
      throw new NotAValueError(`the key ${quote(key)} comes twice`);
    }
    // Not an assignment: the key may be `__proto__`.
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return map;
}

/**
 * The object that an encoded `Struct` holds.
 *
 * @throws NotAValueError
 */
export function readStruct(bytes: Uint8Array, values: ValueBudget, depth = 0): Record<string, unknown> {
  return readEntries(fieldsOf(bytes, 'a struct', values), values, depth);
}

function readEntry(record: Uint8Array, values: ValueBudget, depth: number): { key: string; value: unknown } {
  let key: string | undefined;
  let value: Uint8Array | undefined;
  reading(() => {
    const reader = new BinaryReader(record);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === 10 && key === undefined) {
        key = reader.string();
      } else if (tag === 18 && value === undefined) {
        value = reader.bytes();
      } else {
        throw new NotAValueError(`an entry has field ${tag >>> 3} where one key and one value belong`);
      }
    }
  });
  if (key === undefined || value === undefined) {
    throw new NotAValueError(key === undefined ? 'an entry has no key' : `the entry ${quote(key)} has no value`);
  }
  return { key, value: readValue(value, key, values, depth) };
}

function readValue(bytes: Uint8Array, key: string, values: ValueBudget, depth: number): unknown {
  if (depth >= DEPTH_LIMIT) {
    throw new NotAValueError(`values are nested more than ${DEPTH_LIMIT} levels deep`);
  }
  const reader = new BinaryReader(bytes);
  if (reader.len === 0) {
    throw new NotAValueError(`the entry ${quote(key)} has a value without a kind`);
  }
  return reading(() => {
    const tag = reader.uint32();
    const field = tag >>> 3;
    if (KIND_WIRE_TYPES[field] !== (tag & 7)) {
      throw new NotAValueError(`the entry ${quote(key)} has a value of the unknown kind ${field}`);
    }
    const value = readKind(reader, field, key, values, depth);
    if (reader.pos < reader.len) {
      throw new NotAValueError(`the entry ${quote(key)} has a value with more than one kind`);
    }
    return value;
  });
}

function readKind(reader: BinaryReader, field: number, key: string, values: ValueBudget, depth: number): unknown {
  switch (field) {
    case NULL_VALUE:
      reader.int32();
      return null;
    case NUMBER_VALUE:
      return reader.double();
    case STRING_VALUE:
      return reader.string();
    case BOOL_VALUE:
      return reader.bool();
    case STRUCT_VALUE:
      return readStruct(reader.bytes(), values, depth + 1);
    case LIST_VALUE:
      return fieldsOf(reader.bytes(), 'a list', values).map((item) => readValue(item, key, values, depth + 1));
    default:
      throw new NotAValueError(`the entry ${quote(key)} has a value of the unknown kind ${field}`);
  }
}

/** The records of a message that has only field 1, repeated. */
function fieldsOf(bytes: Uint8Array, what: string, values: ValueBudget): Uint8Array[] {
  return reading(() => {
    const records: Uint8Array[] = [];
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag !== 10) {
        throw new NotAValueError(`${what} has the unknown field ${tag >>> 3}`);
      }
      values.take();
      records.push(reader.bytes());
    }
    return records;
  });
}

/** Bytes that end early are one more way of not being a value. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotAValueError || isOverBudget(error)) {
      throw error;
    }
    throw new NotAValueError('it ends in the middle of a field', { cause: error });
  }
}
