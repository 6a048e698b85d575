/** What a WAV file of 16-bit samples holds. Loudness is a root mean square, full scale being 1. */
export interface WavFacts {
  readonly seconds: number;
  readonly sampleRate: number;
  readonly rms: number;
  /** Of 50 ms pieces: what a tenth of them exceeds, and what a tenth stays below. */
  readonly loudestTenth: number;
  readonly quietestTenth: number;
}

const PIECE_SECONDS = 0.05;

/** Reads a WAV file of 16-bit PCM, mono. */
export function measureWav(file: Buffer): WavFacts {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('no WAV file');
  const format = chunk(file, 'fmt ');
  const [encoding, channels, bits] = [format.readUInt16LE(0), format.readUInt16LE(2), format.readUInt16LE(14)];
  if (encoding !== 1 || channels !== 1 || bits !== 16)
    throw new Error(`not 16-bit mono: ${encoding} ${channels} ${bits}`);
  const sampleRate = format.readUInt32LE(4);
  const bytes = chunk(file, 'data');
  const samples = Array.from(
    { length: Math.floor(bytes.byteLength / 2) },
    (_, at) => bytes.readInt16LE(2 * at) / 32_768,
  );
  const piece = Math.round(sampleRate * PIECE_SECONDS);
  const pieces = Array.from({ length: Math.floor(samples.length / piece) }, (_, at) =>
    rmsOf(samples.slice(at * piece, (at + 1) * piece)),
  ).sort((a, b) => a - b);
  return {
    seconds: samples.length / sampleRate,
    sampleRate,
    rms: rmsOf(samples),
    loudestTenth: pieces[Math.floor(pieces.length * 0.9)] ?? 0,
    quietestTenth: pieces[Math.floor(pieces.length * 0.1)] ?? 0,
  };
}

function rmsOf(samples: readonly number[]): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));
}

function chunk(file: Buffer, name: string): Buffer {
  let at = 12;
  while (at + 8 <= file.byteLength) {
    const size = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === name) return file.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new Error(`the file has no chunk '${name.trim()}'`);
}
