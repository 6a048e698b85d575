/** WAV files for whoever is not a node: the command line reads and writes them without loading the service. */
export {
  MAX_WAV_DATA_BYTES,
  makeWavHeader,
  readWavLayout,
  WavError,
  type WavFormat,
  type WavLayout,
  wavFrameBytes,
} from './nodes/wav-format.js';
export { formatOfWav, fromWavBytes } from './nodes/wav-samples.js';
