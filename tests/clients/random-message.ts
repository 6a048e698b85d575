import type { Enum, Field, Root, Type } from 'protobufjs';
import type { Message } from '../harness/client.js';
import type { Random } from '../promises/data/random.js';

/** How deep messages in messages go; below, fields that hold messages are left out. */
const DEPTH = 4;

/** Every message type of a schema, those in other messages too, by full name. */
export function messageTypes(root: Root): Type[] {
  const types: Type[] = [];
  const visit = (scope: { readonly nestedArray: readonly unknown[] }): void => {
    for (const each of scope.nestedArray) {
      if (isType(each)) types.push(each);
      if (isScope(each)) visit(each);
    }
  };
  visit(root);
  return types;
}

/**
 * A message as proto-loader takes it, with a value in every field that is not in a oneof, and in one of each oneof.
 *
 * No value is one that proto3 leaves out, so that what comes back must be equal.
 */
export function randomMessage(type: Type, random: Random, depth = 0): Message {
  const message: Message = {};
  const chosen = new Set<Field>();
  for (const oneof of type.oneofsArray) {
    const field = oneof.fieldsArray[random.below(oneof.fieldsArray.length)];
    if (field !== undefined) chosen.add(field);
  }
  for (const field of type.fieldsArray) {
    if (field.partOf !== null && !chosen.has(field)) continue;
    field.resolve();
    if (isType(field.resolvedType) && depth >= DEPTH) continue;
    message[field.name] = fieldValue(field, random, depth);
  }
  return message;
}

function fieldValue(field: Field, random: Random, depth: number): unknown {
  const count = 1 + random.below(3);
  if (field.map) {
    // Not the empty key: one writer leaves it out of its entry and another does not, and both are right.
    const keys = ['one', 'größe', 'a.b'].slice(0, count);
    return Object.fromEntries(keys.map((key) => [key, itemValue(field, random, depth)]));
  }
  return field.repeated
    ? Array.from({ length: count }, () => itemValue(field, random, depth))
    : itemValue(field, random, depth);
}

function itemValue(field: Field, random: Random, depth: number): unknown {
  const { resolvedType } = field;
  if (isType(resolvedType)) return randomMessage(resolvedType, random, depth + 1);
  if (resolvedType !== null) return Object.values((resolvedType as Enum).values).filter((value) => value > 0)[0];
  switch (field.type) {
    case 'string':
      return `${random.word(1 + random.below(20))} ü 🎙`;
    case 'bytes':
      return Buffer.from(random.bytes(1 + random.below(3000)));
    case 'bool':
      return true;
    case 'double':
      return (random.next() + 1) / 7;
    case 'int32':
      return random.pick([-1, 1]) * (1 + random.below(0x7fff_ffff));
    case 'uint32':
      return 1 + random.below(0xffff_ffff);
    case 'uint64':
      return 1 + random.integer();
    case 'int64':
      return random.pick([-1, 1]) * (1 + random.integer());
    default:
      throw new Error(`no value for the type ${field.type} of ${field.fullName}`);
  }
}

function isType(value: unknown): value is Type {
  return typeof value === 'object' && value !== null && 'fieldsArray' in value && 'oneofsArray' in value;
}

function isScope(value: unknown): value is { readonly nestedArray: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'nestedArray' in value;
}
