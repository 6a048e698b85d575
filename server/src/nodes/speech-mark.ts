/**
 * The metadata key `speech` says where a piece of audio lies in an utterance:
 *
 *   start     its first piece
 *   continue  a piece in the middle
 *   end       its last piece; a recogniser can finish on it
 *   whole     all of an utterance, in one piece
 *   none      between utterances
 *
 * Every utterance is either one `whole`, or has exactly one `start` and one `end`. Audio without the key was never marked.
 * Nodes that cut or join audio keep these marks true.
 */
import type { Metadata } from '@remotemedia/contract';

export const SPEECH_KEY = 'speech';

const MARKS = ['start', 'continue', 'end', 'whole', 'none'] as const;

export type SpeechMark = (typeof MARKS)[number];

/** The mark of a piece of audio; null: it has none. */
export function speechMark(metadata: Metadata): SpeechMark | null {
  const mark = metadata[SPEECH_KEY];
  return MARKS.find((each) => each === mark) ?? null;
}

/** Whether an utterance begins with the piece. */
export function beginsUtterance(mark: SpeechMark | null): boolean {
  return mark === 'start' || mark === 'whole';
}

/** Whether an utterance is complete with the piece. */
export function endsUtterance(mark: SpeechMark | null): boolean {
  return mark === 'end' || mark === 'whole';
}

/** The mark of a part of a piece with `mark`. */
export function partMark(mark: SpeechMark | null, isFirst: boolean, isLast: boolean): SpeechMark | null {
  if (mark === null || mark === 'none') return mark;
  const begins = isFirst && beginsUtterance(mark);
  const ends = isLast && endsUtterance(mark);
  if (begins) return ends ? 'whole' : 'start';
  return ends ? 'end' : 'continue';
}

/** The same metadata with that mark; the same object, where it has the mark already or is to get none. */
export function withSpeechMark(metadata: Metadata, mark: SpeechMark | null): Metadata {
  return mark === null || metadata[SPEECH_KEY] === mark ? metadata : { ...metadata, [SPEECH_KEY]: mark };
}
