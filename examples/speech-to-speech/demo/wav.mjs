// Looks at a WAV file of 16-bit samples, as the example writes them.
import { readFile } from 'node:fs/promises';

/**
 * @typedef {object} WavFacts
 * @property {number} seconds how long it plays
 * @property {number} rms root mean square of its samples, where full scale is 1
 * @property {number} sampleRate Hz
 */

/**
 * Length and loudness of a mono or interleaved 16-bit PCM file.
 * @param {string} path
 * @returns {Promise<WavFacts>}
 */
export async function measureWav(path) {
  const file = await readFile(path);
  const format = chunk(file, 'fmt ');
  const data = chunk(file, 'data');
  const [channels, sampleRate, bits] = [format.readUInt16LE(2), format.readUInt32LE(4), format.readUInt16LE(14)];
  if (bits !== 16) throw new Error(`${path} has ${bits}-bit samples, 16 were expected`);
  const samples = Math.floor(data.byteLength / 2);
  let squares = 0;
  for (let at = 0; at < samples; at += 1) squares += (data.readInt16LE(2 * at) / 32768) ** 2;
  return { seconds: samples / channels / sampleRate, rms: Math.sqrt(squares / Math.max(1, samples)), sampleRate };
}

/**
 * The content of one chunk of a RIFF file.
 * @param {Buffer} file
 * @param {string} name four letters
 */
function chunk(file, name) {
  let at = 12;
  while (at + 8 <= file.byteLength) {
    const size = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === name) return file.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new Error(`a WAV file has no chunk '${name.trim()}'`);
}
