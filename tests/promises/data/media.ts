import type { AudioData, VideoData } from '@remotemedia/contract';
import type { Random } from './random.js';

type Fields<T> = Omit<T, 'metadata'>;

/** Wire number of a sample format, and bytes of a sample. */
const SAMPLE_FORMATS = [
  [1, 4],
  [2, 2],
  [3, 4],
] as const;
const CHANNELS = [1, 2, 6] as const;
const METADATA_JSON = [null, '', '{"speaker":"Zoë"}'] as const;

/** Wire numbers of pixel formats; bytes per two pixels of each. */
const PIXEL_FORMATS = [
  { format: 1, per2: 6 },
  { format: 2, per2: 8 },
  { format: 3, per2: 3 },
  { format: 4, per2: 2 },
  { format: 5, per2: 3 },
  { format: 6, per2: 3 },
] as const;
const ENCODED = 255;
const UNSPECIFIED = 0;

/** At most `size` bytes: every sample format with 1, 2 and 6 channels, with and without JSON beside it. */
export function audio(random: Random, size: number, variant: number): Fields<AudioData> {
  const [format, sampleBytes] = SAMPLE_FORMATS[variant % 3] ?? SAMPLE_FORMATS[0];
  const channels = CHANNELS[Math.floor(variant / 3) % 3] ?? 1;
  const json = METADATA_JSON[Math.floor(variant / 9) % 3] ?? null;
  const frames = Math.floor(size / (sampleBytes * channels));
  return {
    kind: 'audio',
    // Any bits: a NaN keeps its payload, too.
    samples: random.bytes(frames * channels * sampleBytes),
    sampleRate: random.pick([8000, 16_000, 44_100, 48_000, 192_000]),
    channels,
    format,
    numSamples: frames * channels,
    metadataJson: json === null ? null : Buffer.from(json),
  };
}

/** At most `size` bytes: every raw pixel format, and encoded frames of every codec. */
export function video(random: Random, size: number, variant: number): Fields<VideoData> {
  const common = {
    kind: 'video',
    frameNumber: random.integer(),
    timestampUs: random.integer(),
    isKeyframe: variant % 2 === 0,
  } as const;
  const raw = PIXEL_FORMATS[variant % 8];
  if (raw === undefined) {
    const format = variant % 8 === 6 ? ENCODED : UNSPECIFIED;
    const codec = Math.floor(variant / 8) % 4;
    return { ...common, pixelData: random.bytes(size), width: 1920, height: 1080, format, codec };
  }
  const halfWidth = 1 + random.below(Math.max(1, Math.floor(Math.sqrt(size / 4))));
  // An even height, as formats with halved colour planes need.
  const height = 2 * Math.floor(size / (2 * halfWidth * raw.per2));
  const pixelData = random.bytes(halfWidth * height * raw.per2);
  return { ...common, pixelData, width: 2 * halfWidth, height, format: raw.format, codec: 0 };
}
