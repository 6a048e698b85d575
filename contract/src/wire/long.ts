import { RemoteMediaError } from '../errors/error.js';

/**
 * A 64-bit field as a number. Generated code calls this for every such field.
 *
 * @throws RemoteMediaError `input.invalid` beyond 2^53: a rounded number would be wrong data.
 */
export function longToNumber(value: number | bigint): number {
  if (typeof value === 'number') {
    return value;
  }
  throw new RemoteMediaError('input.invalid', `The integer ${value} is beyond 2^53`, {
    hint: 'Send integers within 2^53.',
  });
}
