/** What every voice gate does once it has judged a window of audio: begin utterances, end them, and mark the pieces. */
import type { AudioData, Metadata } from '@remotemedia/contract';
import { z } from 'zod';
import { type AudioShape, bytesPerFrame, makeAudio } from './audio.js';
import { Backlog } from './backlog.js';
import { SPEECH_KEY, type SpeechMark } from './speech-mark.js';

/** The parameter that says what becomes of the silence. */
export const gateMode = z
  .enum(['gate', 'mark'])
  .default('gate')
  .describe('gate: pass utterances, drop the silence between them. mark: pass everything, marked.');

/** One window of audio, judged. `unsure` begins neither speech nor silence, and continues either. */
export interface JudgedWindow {
  readonly bytes: number;
  readonly verdict: 'speech' | 'silence' | 'unsure';
}

export interface GateOptions {
  readonly mode: z.output<typeof gateMode>;
  /** So much of what came before the first window of speech is passed too. */
  readonly preRollBytes: number;
  /** So many windows make an utterance; what is shorter is silence. */
  readonly minSpeechWindows: number;
  /** So many windows of silence in a row make speech of less than `minSpeechWindows` be forgotten. */
  readonly patienceWindows: number;
  /** So many windows of silence in a row end an utterance. */
  readonly hangoverWindows: number;
  /**
   * So much of the silence that ended an utterance is passed with it. null: all of it, and at once; otherwise what may be
   * silence after the end waits until that is known.
   */
  readonly tailBytes: number | null;
}

const NOTHING = new Uint8Array(0);

/**
 * One stretch of audio of one shape. Whatever the sizes of what comes in, the same audio with the same verdicts gives the
 * same utterances, and each has a piece marked `start` and another marked `end`, both with samples.
 *
 * That holds if, where `tailBytes` is null, the last window of what came always stays undecided: it is the `end` of a
 * stream that stops in the middle of an utterance. With a `tailBytes` the gate itself holds enough back.
 */
export class UtteranceGate {
  readonly shape: AudioShape;
  readonly #options: GateOptions;
  readonly frameBytes: number;
  readonly #startMs: number;
  /** Decided, but not handed on: what may yet be the lead-in of an utterance, or the silence behind one. */
  readonly #backlog = new Backlog();
  #state: 'silence' | 'candidate' | 'speech' = 'silence';
  #undecided: Uint8Array = NOTHING;
  #decidedBytes = 0;
  /** Since the candidate began. */
  #speechWindows = 0;
  #speechBytes = 0;
  /** The silence at the end of what was decided. */
  #quietWindows = 0;
  #quietBytes = 0;
  #windowBytes = 0;
  #speechStartMs = 0;
  /** Of the latest input. */
  #source: Pick<AudioData, 'metadata' | 'metadataJson'> = { metadata: {}, metadataJson: null };

  /** @param startMs media time at which the stretch begins, from the beginning of the stream */
  constructor(shape: AudioShape, options: GateOptions, startMs: number) {
    this.shape = { sampleRate: shape.sampleRate, channels: shape.channels, format: shape.format };
    this.#options = options;
    this.frameBytes = bytesPerFrame(shape);
    this.#startMs = startMs;
  }

  /** Where the audio ends that came so far, in milliseconds from the beginning of the stream. */
  get endMs(): number {
    return this.#timeMs(this.#decidedBytes + this.#undecided.byteLength);
  }

  /** Takes a copy of more audio, with the metadata of its pieces; returns all that is not decided on. */
  append(samples: Uint8Array, source: Pick<AudioData, 'metadata' | 'metadataJson'>): Uint8Array {
    this.#source = { metadata: source.metadata, metadataJson: source.metadataJson };
    const undecided = new Uint8Array(this.#undecided.byteLength + samples.byteLength);
    undecided.set(this.#undecided);
    undecided.set(samples, this.#undecided.byteLength);
    this.#undecided = undecided;
    return undecided;
  }

  /** Decides on the next windows; they must lie within what is undecided. */
  *decide(windows: Iterable<JudgedWindow>): Generator<AudioData> {
    const audio = this.#undecided;
    /** Everything before this was handed on, dropped, or is in the backlog. */
    let from = 0;
    let at = 0;
    for (const window of windows) {
      const end = at + window.bytes;
      this.#measure(window);
      if (this.#state === 'speech') {
        if (window.verdict === 'silence' && this.#quietWindows >= this.#options.hangoverWindows) {
          yield* this.#end(audio.subarray(from, end), this.#decidedBytes + end);
          from = end;
        }
      } else {
        if (this.#state === 'silence' && window.verdict === 'speech') {
          // What is older than the lead-in of an utterance that may begin here can go.
          yield* this.#shelve(audio.subarray(from, at), this.#options.preRollBytes);
          from = at;
          this.#state = 'candidate';
          this.#speechWindows = 0;
          this.#speechBytes = 0;
        }
        if (this.#state === 'candidate' && this.#isConfirmed(window)) {
          yield this.#begin(audio.subarray(from, end), this.#decidedBytes + end);
          from = end;
        }
      }
      at = end;
    }
    if (at === 0) return;
    yield* this.#settle(audio.subarray(from, at));
    this.#undecided = audio.slice(at);
    this.#decidedBytes += at;
  }

  /** Ends the stretch: closes an open utterance with all that is left. */
  *finish(): Generator<AudioData> {
    const { endMs } = this;
    const rest = this.#undecided;
    this.#decidedBytes += rest.byteLength;
    this.#undecided = NOTHING;
    if (this.#state === 'speech') yield this.#piece(this.#take(rest, 0), 'end', endMs);
    else yield* this.#shelve(rest, 0);
    this.#state = 'silence';
  }

  #measure({ bytes, verdict }: JudgedWindow): void {
    this.#windowBytes = bytes;
    if (verdict === 'speech') {
      this.#quietWindows = 0;
      this.#quietBytes = 0;
    } else if (verdict === 'silence' || this.#quietWindows > 0) {
      this.#quietWindows += 1;
      this.#quietBytes += bytes;
    }
  }

  /** Whether the candidate is an utterance with this window; after too much silence it is none any more. */
  #isConfirmed({ bytes, verdict }: JudgedWindow): boolean {
    this.#speechWindows += 1;
    this.#speechBytes += bytes;
    if (verdict === 'silence' && this.#quietWindows >= this.#options.patienceWindows) this.#state = 'silence';
    return verdict === 'speech' && this.#speechWindows >= this.#options.minSpeechWindows;
  }

  #begin(audio: Uint8Array, position: number): AudioData {
    this.#state = 'speech';
    this.#speechStartMs = this.#timeMs(position - this.#backlog.byteLength - audio.byteLength);
    return this.#piece(this.#take(audio, this.#reservedBytes()), 'start');
  }

  *#end(audio: Uint8Array, position: number): Generator<AudioData> {
    this.#state = 'silence';
    const { tailBytes } = this.#options;
    const behind = tailBytes === null ? 0 : Math.max(0, this.#quietBytes - tailBytes);
    const body = this.#take(audio, behind + (this.#reservedBytes() || this.#windowBytes));
    if (body.byteLength > 0) yield this.#piece(body, 'continue');
    yield this.#piece(this.#take(NOTHING, behind), 'end', this.#timeMs(position - behind));
  }

  /** Hands on what nothing that comes can change, and puts the rest by. */
  *#settle(audio: Uint8Array): Generator<AudioData> {
    const { preRollBytes, tailBytes } = this.#options;
    if (this.#state !== 'speech') {
      yield* this.#shelve(audio, preRollBytes + (this.#state === 'candidate' ? this.#speechBytes : 0));
      return;
    }
    const behind = tailBytes === null ? 0 : Math.max(0, this.#quietBytes - tailBytes);
    const passed = this.#take(audio, behind + this.#reservedBytes());
    if (passed.byteLength > 0) yield this.#piece(passed, 'continue');
  }

  /** Held back so that the `end` has samples: half a window, so that the `start` has some too. */
  #reservedBytes(): number {
    if (this.#options.tailBytes === null) return 0;
    return Math.ceil(this.#windowBytes / 2 / this.frameBytes) * this.frameBytes;
  }

  /** Puts silence by, and lets go of what there is more than `keepBytes` of. */
  *#shelve(silence: Uint8Array, keepBytes: number): Generator<AudioData> {
    const surplus = this.#take(silence, keepBytes);
    if (this.#options.mode === 'mark' && surplus.byteLength > 0) yield this.#piece(surplus, 'none');
  }

  /** The backlog and this behind it, without the last `keepBytes`, which become the backlog. */
  #take(audio: Uint8Array, keepBytes: number): Uint8Array {
    if (this.#backlog.byteLength > 0) {
      this.#backlog.push(audio);
      return this.#backlog.takeOver(keepBytes);
    }
    const split = Math.max(0, audio.byteLength - keepBytes);
    this.#backlog.push(audio.subarray(split));
    return audio.subarray(0, split);
  }

  #piece(samples: Uint8Array, mark: SpeechMark, endMs?: number): AudioData {
    const metadata: Metadata = { ...this.#source.metadata, [SPEECH_KEY]: mark };
    if (mark !== 'none') metadata['speech_start_ms'] = String(Math.round(this.#speechStartMs));
    if (endMs !== undefined) metadata['speech_end_ms'] = String(Math.round(endMs));
    return makeAudio(this.shape, samples, { metadata, metadataJson: this.#source.metadataJson });
  }

  #timeMs(bytes: number): number {
    return this.#startMs + (bytes * 1000) / (this.shape.sampleRate * this.frameBytes);
  }
}
