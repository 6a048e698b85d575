/**
 * One stream through libsamplerate.
 *
 * Three things about the library that this file hides: what a filter still holds at the end comes out only by feeding it
 * silence; more than its fixed buffer at once goes down a path that ignores the offset of a view; and errors are strings.
 */
import type lsr from '@alexanderolsen/libsamplerate-js';

/** Converters of libsamplerate by the names of the parameter `quality`. */
const CONVERTERS = { fast: 2, medium: 1, high: 0 } as const;

export type ResampleQuality = keyof typeof CONVERTERS;

/** What the library was built for. */
export const RATE_LIMITS = { maxRate: 192_000, maxRatio: 256, maxChannels: 128 } as const;

/** Frames per call of the library, however large the input is. */
const BLOCK_FRAMES = 4096;
/** Samples in the library's own buffers; a block is kept well below it. */
const MAX_BLOCK_SAMPLES = 500_000;
/** Frames of silence per step of flushing. */
const FLUSH_FRAMES = 256;

export interface RateConverterOptions {
  readonly channels: number;
  readonly fromRate: number;
  readonly toRate: number;
  readonly quality: ResampleQuality;
}

export class RateConverter {
  readonly #converter: Awaited<ReturnType<typeof lsr.create>>;
  readonly #channels: number;
  readonly #ratio: number;
  readonly #blockSamples: number;
  #framesIn = 0;
  #framesOut = 0;

  private constructor(converter: Awaited<ReturnType<typeof lsr.create>>, options: RateConverterOptions) {
    this.#converter = converter;
    this.#channels = options.channels;
    this.#ratio = options.toRate / options.fromRate;
    const limit = Math.floor(MAX_BLOCK_SAMPLES / Math.max(1, this.#ratio) / options.channels);
    this.#blockSamples = Math.max(1, Math.min(BLOCK_FRAMES, limit)) * options.channels;
  }

  /** Takes some 15 ms of compiling, the first one more: the library is loaded when it is first needed. */
  static async open(options: RateConverterOptions): Promise<RateConverter> {
    const { default: library } = await import('@alexanderolsen/libsamplerate-js');
    const converter = await library.create(options.channels, options.fromRate, options.toRate, {
      converterType: CONVERTERS[options.quality],
    });
    return new RateConverter(converter, options);
  }

  /**
   * Interleaved floats at the new rate. The first calls give less than their share; `isLast`, or `finish`, gives the rest.
   */
  convert(samples: Float32Array, { isLast }: { readonly isLast: boolean } = { isLast: false }): Float32Array {
    const blocks: Float32Array[] = [];
    for (let at = 0; at < samples.length; at += this.#blockSamples) {
      const block = this.#converter.full(samples.subarray(at, at + this.#blockSamples));
      this.#framesOut += block.length / this.#channels;
      blocks.push(block);
    }
    this.#framesIn += samples.length / this.#channels;
    if (isLast) blocks.push(this.finish());
    return concat(blocks);
  }

  /**
   * Ends the stream: gives the rest of it, so that all its output is as long as all its input. The next call begins another.
   */
  finish(): Float32Array {
    const missing = Math.round(this.#framesIn * this.#ratio) - this.#framesOut;
    const blocks: Float32Array[] = [];
    const silence = new Float32Array(Math.min(FLUSH_FRAMES * this.#channels, this.#blockSamples));
    for (let frames = 0; frames < missing; ) {
      const block = this.#converter.full(silence);
      frames += block.length / this.#channels;
      blocks.push(block);
    }
    this.#framesIn = 0;
    this.#framesOut = 0;
    // Setting a property makes the library start afresh, whatever the value.
    this.#converter.nChannels = this.#channels;
    return concat(blocks).subarray(0, Math.max(0, missing) * this.#channels);
  }

  close(): void {
    this.#converter.destroy();
  }
}

function concat(blocks: readonly Float32Array[]): Float32Array {
  const [first] = blocks;
  if (first !== undefined && blocks.length === 1) return first;
  const joined = new Float32Array(blocks.reduce((total, block) => total + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}
