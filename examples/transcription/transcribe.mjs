// Transcribes a WAV file: starts a service, streams the recording to it over gRPC, and writes subtitles and text.
import { readFile, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { audioFromSamples, audioFromWav, audioToSamples, connect, textToString } from '@remotemedia/client';
import { createLogger, startService } from '@remotemedia/server';
import { chooseEngine } from './transcript/engine.mjs';
import { Progress } from './transcript/report.mjs';
import { subtitlesOf, toSrt, toVtt } from './transcript/subtitles.mjs';

const HELP = `Usage: node examples/transcription/transcribe.mjs [OPTIONS] [RECORDING.wav]

Writes what is said in a recording, with times. Default: the recording of the speech example.

  --language CODE   such as en; found out where it is left out
  --model NAME      of Whisper, such as base or small
  --srt FILE        subtitles as SubRip; default: transcript.srt beside this program
  --vtt FILE        subtitles as WebVTT
  --text FILE       the text alone; default: transcript.txt beside this program
  --json            no text but one JSON object, on the last line
  --help            this text`;

const OPTIONS = /** @type {const} */ ({
  language: { type: 'string' },
  model: { type: 'string' },
  srt: { type: 'string' },
  vtt: { type: 'string' },
  text: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
});

/** As much as a microphone gives at a time; a service takes messages of some megabytes, so an hour cannot be one. */
const CHUNK_MS = 100;

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * @typedef {import('./transcript/subtitles.mjs').Segment} Segment
 * @typedef {import('@remotemedia/client').PipelineStream} PipelineStream
 */

/**
 * Sends the recording piece by piece, as fast as it is taken.
 * @param {PipelineStream} stream
 * @param {string} nodeId
 * @param {ReturnType<typeof audioFromWav>} recording
 */
async function sendRecording(stream, nodeId, recording) {
  const { sampleRate, channels } = recording;
  const samples = audioToSamples(recording);
  const step = Math.ceil((sampleRate * CHUNK_MS) / 1000) * channels;
  for (let at = 0; at < samples.length; at += step) {
    const data = audioFromSamples(samples.subarray(at, at + step), { sampleRate, channels });
    await stream.send({ nodeId, data, timestampMs: Math.round((at / channels / sampleRate) * 1000) });
  }
  stream.close();
}

/**
 * Where a text lies in the recording: Whisper says so, and PocketSphinx gives the length of what ended just now.
 * @param {Readonly<Record<string, string>>} metadata
 * @param {string} text
 * @param {number} doneMs
 * @returns {Segment}
 */
function segmentOf(metadata, text, doneMs) {
  const { start_ms, end_ms, audio_ms, words = '[]' } = metadata;
  const startMs = Number(start_ms ?? doneMs);
  /** @type {{ word: string, start_ms: number, end_ms: number }[]} */
  const timed = JSON.parse(words);
  return {
    text,
    startMs,
    endMs: end_ms === undefined ? startMs + Number(audio_ms ?? 0) : Number(end_ms),
    words: timed.map(({ word, start_ms, end_ms }) => ({ word, startMs: start_ms, endMs: end_ms })),
  };
}

/**
 * @param {import('@remotemedia/server').Service} service
 * @param {import('./transcript/engine.mjs').Engine} engine
 * @param {ReturnType<typeof audioFromWav>} recording
 * @param {Progress} progress
 * @param {AbortSignal} signal
 */
async function transcribe(service, engine, recording, progress, signal) {
  const client = connect(service.address);
  /** @type {Segment[]} */
  const segments = [];
  let language = '';
  let said = '';
  try {
    const stream = client.stream(engine.manifest, { signal });
    // A failure of the pipeline reaches both; the iteration below tells it.
    const sending = sendRecording(stream, engine.input, recording).catch(() => {});
    for await (const event of stream) {
      // While a node loads, the same is said again with the time that has passed.
      if (event.type === 'init_progress' && (said === '' || !event.message.startsWith(said))) {
        said = event.message;
        if (said !== '') progress.say(said);
      }
      if (event.type !== 'result' || event.data.kind !== 'text') continue;
      const { metadata } = event.data;
      const segment = segmentOf(metadata, textToString(event.data), segments.at(-1)?.endMs ?? 0);
      if (metadata['final'] === 'false') {
        progress.hear(segment.endMs, segment.text);
        continue;
      }
      language ||= metadata['language'] ?? event.data.language;
      segments.push(segment);
      progress.done(segment);
    }
    await sending;
  } finally {
    client.close();
    progress.close();
  }
  return { segments, language };
}

/**
 * @param {string} path of the recording
 * @param {{ language?: string, model?: string, srt?: string, vtt?: string, text?: string, json?: boolean }} options
 * @param {AbortSignal} signal
 */
async function run(path, options, signal) {
  const recording = audioFromWav(await readFile(path));
  const { sampleRate, channels } = recording;
  const seconds = audioToSamples(recording).length / channels / sampleRate;
  const progress = new Progress(seconds * 1000, options.json === true);
  const service = await startService({
    port: 0,
    logger: createLogger({ level: 'warn', format: 'text' }),
  });
  try {
    const { language: wanted, model } = options;
    const params = { ...(wanted !== undefined && { language: wanted }), ...(model !== undefined && { model }) };
    const engine = await chooseEngine(service, params);
    progress.say(`${engine.name}: ${engine.why}`);
    const started = performance.now();
    const { segments, language } = await transcribe(service, engine, recording, progress, signal);
    const took = (performance.now() - started) / 1000;
    const text = segments.map((segment) => segment.text).join('\n');
    const subtitles = subtitlesOf(segments);
    const files = [
      { path: options.srt ?? here('transcript.srt'), content: toSrt(subtitles) },
      { path: options.text ?? here('transcript.txt'), content: `${text}\n` },
      ...(options.vtt === undefined ? [] : [{ path: options.vtt, content: toVtt(subtitles) }]),
    ];
    for (const file of files) await writeFile(file.path, file.content);
    progress.say(`${seconds.toFixed(1)} s of audio in ${took.toFixed(1)} s, loading included`);
    for (const file of files) progress.say(`wrote ${file.path}`);
    if (options.json)
      console.log(
        JSON.stringify({
          engine: engine.name,
          why: engine.why,
          language,
          text,
          segments,
          subtitles: subtitles.length,
          audio_seconds: seconds,
          seconds: took,
          files: files.map((file) => file.path),
        }),
      );
  } finally {
    await service.close();
  }
}

/** Null: they are not understood, which has been said. @param {string[]} args */
function readOptions(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return null;
  }
}

/** @param {string[]} args */
async function main(args) {
  const read = readOptions(args);
  if (read === null) return 2;
  const { values, positionals } = read;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  process.once('SIGTERM', () => interrupt.abort());
  try {
    await run(positionals[0] ?? here('../speech-to-speech/recorded.wav'), values, interrupt.signal);
    return 0;
  } catch (error) {
    const hint = error instanceof Error && 'hint' in error && error.hint ? `\nhint: ${error.hint}` : '';
    console.error(`error: ${error instanceof Error ? error.message : String(error)}${hint}`);
    return interrupt.signal.aborted ? 130 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
