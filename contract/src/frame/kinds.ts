import type { DataKind } from '../runtime-data.js';

/** Kind numbers of the frame header. `end` closes an edge and carries nothing. */
export const FRAME_KIND = {
  end: 0,
  audio: 1,
  video: 2,
  tensor: 3,
  numpy: 4,
  text: 5,
  json: 6,
  binary: 7,
  file: 8,
  control: 9,
  composite: 10,
} as const satisfies Record<DataKind | 'end', number>;

/** Kind names by number. */
export const FRAME_KIND_NAMES: readonly (DataKind | 'end')[] = [
  'end',
  'audio',
  'video',
  'tensor',
  'numpy',
  'text',
  'json',
  'binary',
  'file',
  'control',
  'composite',
];

/** Every kind of data a node can take or give. */
export const DATA_KINDS: readonly DataKind[] = [
  'audio',
  'video',
  'tensor',
  'numpy',
  'text',
  'json',
  'binary',
  'file',
  'control',
  'composite',
];
