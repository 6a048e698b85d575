import {
  AUDIO_FORMAT,
  type AudioData,
  bytesOf,
  bytesPerSample,
  RemoteMediaError,
  type RuntimeData,
  type SampleArray,
  viewSamples,
} from '@remotemedia/contract';
import { z } from 'zod';
import { type CheckedAudio, checkAudio, makeAudio } from './audio.js';
import { defineNode, type NodeInstance } from './node.js';

export const MAX_CHANNELS = 128;
/** A small message of one channel must not become one that takes all memory. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

const matrixRow = z.array(z.number()).min(1).max(MAX_CHANNELS);

const params = z
  .strictObject({
    channels: z.int().min(1).max(MAX_CHANNELS).default(1).describe('Channels of the output.'),
    mode: z
      .enum(['auto', 'matrix'])
      .default('auto')
      .describe(
        'auto: to one channel the mean of all, from one channel a copy into each. matrix: by the parameter matrix.',
      ),
    matrix: z
      .array(matrixRow)
      .min(1)
      .max(MAX_CHANNELS)
      .optional()
      .describe('A row for each channel of the output; in it, how much of each channel of the input is taken.'),
  })
  .refine(({ mode, matrix }) => (mode === 'matrix') === (matrix !== undefined), {
    message: 'mode "matrix" and the parameter matrix go together: give both or none',
    path: ['matrix'],
  })
  .refine(({ channels, matrix }) => matrix === undefined || matrix.length === channels, {
    message: 'matrix needs one row for each of the channels of the output',
    path: ['matrix'],
  })
  .refine(({ matrix }) => matrix === undefined || matrix.every((row) => row.length === matrix[0]?.length), {
    message: 'all rows of matrix need the same number of columns',
    path: ['matrix'],
  });

type Matrix = readonly (readonly number[])[];

/** Changes how many channels audio has. */
export const channelMix = defineNode({
  type: 'ChannelMixNode',
  description:
    'Changes the number of channels: many to one by their mean, one to many by copies, anything else by a matrix. Format, rate, metadata and speech marks stay; integers are rounded and saturate.',
  params,
  inputs: ['audio'],
  outputs: ['audio'],
  outputFormat: { sample_rate: 'input', channels: 'param:channels', format: 'input' },
  create: ({ channels, matrix }, { nodeId }): NodeInstance => ({
    process(data: RuntimeData): AudioData {
      const input = checkAudio(data, nodeId);
      if (matrix !== undefined) checkColumns(matrix, input, nodeId);
      return mixChannels(input, channels, nodeId, matrix);
    },
  }),
});

/**
 * Audio with another number of channels, in the same format; the same object where nothing has to change.
 *
 * @param channels of the output
 * @param matrix rows are channels of the output, columns those of the input; without it only one channel can become many,
 *   or many one
 * @throws RemoteMediaError `input.invalid` where a matrix would be needed; `limit.message_size` where the output would have
 *   more than 256 MiB
 */
export function mixChannels(input: CheckedAudio, channels: number, nodeId: string, matrix?: Matrix): AudioData {
  if (matrix === undefined && input.channels === channels) return input.data;
  const source = viewSamples(input.data.samples, input.format);
  const bytes = input.frames * channels * bytesPerSample(input.format);
  if (bytes > MAX_OUTPUT_BYTES) throw tooLarge(bytes, nodeId);
  const mixed = newSamples(input, channels);
  if (matrix !== undefined) mixByMatrix(source, mixed, matrix, input.channels);
  else if (channels === 1) mixToMono(source, mixed, input.channels);
  else if (input.channels === 1) mixFromMono(source, mixed, channels);
  else throw needsMatrix(input, channels, nodeId);
  const { sampleRate, format, data } = input;
  return makeAudio({ sampleRate, channels, format }, bytesOf(mixed), data);
}

function newSamples({ format, frames }: CheckedAudio, channels: number): SampleArray {
  switch (format) {
    case AUDIO_FORMAT.F32:
      return new Float32Array(frames * channels);
    case AUDIO_FORMAT.I16:
      return new Int16Array(frames * channels);
    case AUDIO_FORMAT.I32:
      return new Int32Array(frames * channels);
  }
}

/** Writes the mean of all channels into `mono`, which is of the same format and has a sample for each frame. */
export function mixToMono(source: SampleArray, mono: SampleArray, channels: number): void {
  const isFloat = mono instanceof Float32Array;
  for (let frame = 0, at = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += source[at++] ?? 0;
    // A mean lies between its values, so integers cannot overflow.
    mono[frame] = isFloat ? sum / channels : Math.round(sum / channels);
  }
}

function mixFromMono(mono: SampleArray, mixed: SampleArray, channels: number): void {
  for (let frame = 0, at = 0; frame < mono.length; frame++, at += channels) {
    mixed.fill(mono[frame] ?? 0, at, at + channels);
  }
}

function mixByMatrix(source: SampleArray, mixed: SampleArray, matrix: Matrix, channels: number): void {
  const limit = mixed instanceof Float32Array ? null : 2 ** (mixed.BYTES_PER_ELEMENT * 8 - 1);
  let at = 0;
  for (let frame = 0; frame < source.length; frame += channels) {
    for (const row of matrix) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += (row[channel] ?? 0) * (source[frame + channel] ?? 0);
      mixed[at++] = limit === null ? sum : Math.max(-limit, Math.min(limit - 1, Math.round(sum)));
    }
  }
}

function checkColumns(matrix: Matrix, input: CheckedAudio, nodeId: string): void {
  const columns = matrix[0]?.length ?? 0;
  if (columns === input.channels) return;
  const text = `Node '${nodeId}' has a matrix for ${columns} channels and got audio of ${input.channels}`;
  const hint = 'Give each row of matrix one column for each channel of the input.';
  throw new RemoteMediaError('input.invalid', text, { nodeId, hint });
}

function needsMatrix(input: CheckedAudio, channels: number, nodeId: string): RemoteMediaError {
  const text = `Node '${nodeId}' cannot mix ${input.channels} channels to ${channels} without a matrix`;
  const hint = 'Put a ChannelMixNode with mode "matrix" there: a row for each channel of the output.';
  return new RemoteMediaError('input.invalid', text, { nodeId, hint });
}

function tooLarge(bytes: number, nodeId: string): RemoteMediaError {
  const text = `Node '${nodeId}' would make a message of ${bytes} bytes, and the most is ${MAX_OUTPUT_BYTES}`;
  const details = { asked: bytes, allowed: MAX_OUTPUT_BYTES };
  const hint = 'Put an AudioChunkerNode before it, or use fewer channels.';
  return new RemoteMediaError('limit.message_size', text, { nodeId, hint, details });
}
