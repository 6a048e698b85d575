import { describe, expect, it } from 'vitest';
import { checkAudio } from './audio.js';
import { audioOf, MONO_16K } from './test-audio.js';

describe('checking audio', () => {
  it('counts frames by the bytes, not by num_samples', () => {
    const audio = { ...audioOf(new Int16Array(12), { ...MONO_16K, channels: 2 }), numSamples: 99 };
    expect(checkAudio(audio, 'n')).toMatchObject({ frames: 6, frameBytes: 4 });
  });

  it.each([
    [{ kind: 'text' }, 'got text where it takes audio'],
    [{ ...audioOf(new Int16Array(2)), format: 0 }, 'format 0'],
    [{ ...audioOf(new Int16Array(2)), sampleRate: 0 }, 'sample_rate 0'],
    [{ ...audioOf(new Int16Array(2)), channels: 0 }, '0 channels'],
    [
      { ...audioOf(new Int16Array(3)), channels: 2 },
      'torn frame: 6 bytes of 16000 Hz, 2 channels, I16 audio, 4 bytes per frame',
    ],
  ])('refuses %o', (data, message) => {
    expect(() => checkAudio(data, 'vad')).toThrow(
      expect.objectContaining({ code: 'input.invalid', nodeId: 'vad', message: expect.stringContaining(message) }),
    );
  });
});
