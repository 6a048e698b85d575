/**
 * The metadata key `speech` says where a piece of audio lies in an utterance:
 *
 *   start     its first piece
 *   continue  a piece in the middle
 *   end       its last piece; a recogniser can finish on it
 *   none      between utterances
 *
 * Every utterance has exactly one `start` and one `end`, in two different pieces. Audio without the key was never marked.
 * Nodes that cut or join audio keep these marks true.
 */
import type { Metadata } from '@remotemedia/contract';

export const SPEECH_KEY = 'speech';

export type SpeechMark = 'start' | 'continue' | 'end' | 'none';

/** The mark of a piece of audio; null: it has none. */
export function speechMark(metadata: Metadata): SpeechMark | null {
  const mark = metadata[SPEECH_KEY];
  return mark === 'start' || mark === 'continue' || mark === 'end' || mark === 'none' ? mark : null;
}

/** The same metadata with that mark; the same object, where it has the mark already or is to get none. */
export function withSpeechMark(metadata: Metadata, mark: SpeechMark | null): Metadata {
  return mark === null || metadata[SPEECH_KEY] === mark ? metadata : { ...metadata, [SPEECH_KEY]: mark };
}
