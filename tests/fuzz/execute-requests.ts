import type { Draw } from '../soak/draw.js';
import { dataBuffer } from './data-bytes.js';
import { hostileText, randomBytes } from './hostile-values.js';
import { manifestField } from './manifest-bytes.js';
import { mutateBytes } from './mutate-bytes.js';
import { mutateObject } from './mutate-object.js';
import { bytesField, mapEntry, numberField } from './proto-bytes.js';
import { type ManifestObject, seedManifests } from './seed-manifests.js';

const SEEDS = seedManifests();

/** Kinds of hostile requests, so that each has its share. */
const MAKERS: readonly {
  readonly weight: number;
  readonly make: (draw: Draw, seeds: readonly ManifestObject[]) => Buffer;
}[] = [
  { weight: 60, make: (draw, seeds) => requestOf(mutateObject(draw.pick(seeds), draw), draw) },
  { weight: 25, make: mutatedBytes },
  { weight: 5, make: (draw, seeds) => requestOf(draw.pick(seeds), draw) },
  { weight: 5, make: twoForms },
  { weight: 5, make: (draw) => randomBytes(draw, draw.int(0, 200)) },
];

/** The bytes of one mutated `ExecuteRequest`. */
export function executeRequest(draw: Draw, seeds: readonly ManifestObject[] = SEEDS): Buffer {
  return draw.pickWeighted(MAKERS).make(draw, seeds);
}

function requestOf(manifest: unknown, draw: Draw): Buffer {
  return Buffer.concat([manifestField(manifest, draw, true), ...around(draw)]);
}

function mutatedBytes(draw: Draw, seeds: readonly ManifestObject[]): Buffer {
  return mutateBytes(requestOf(draw.pick(seeds), draw), draw, requestOf(draw.pick(seeds), draw));
}

function twoForms(draw: Draw, seeds: readonly ManifestObject[]): Buffer {
  const manifest = draw.pick(seeds);
  return Buffer.concat([manifestField(manifest, draw, true), manifestField(mutateObject(manifest, draw), draw, true)]);
}

/** What a request has besides its manifest. */
function around(draw: Draw): Buffer[] {
  const parts: Buffer[] = [];
  if (draw.chance(0.3)) {
    const node = draw.chance(0.7) ? draw.pick(['a', 'in', 'all', 'echo', 'A_1', 'n0_0']) : hostileText(draw);
    parts.push(bytesField(2, mapEntry(node, dataBuffer(draw))));
  }
  if (draw.chance(0.15)) parts.push(bytesField(3, resourceLimits(draw)));
  if (draw.chance(0.1))
    parts.push(bytesField(4, draw.chance(0.5) ? draw.pick(['v1', '1.2', 'v2']) : hostileText(draw)));
  return parts;
}

export function resourceLimits(draw: Draw): Buffer {
  const limit = (): number | bigint => draw.pick([0, 1, 1000, 2 ** 31, 2 ** 32, 2 ** 53, 2n ** 64n - 1n, -1]);
  return Buffer.concat([1, 2, 3].map((field) => numberField(field, limit())));
}
