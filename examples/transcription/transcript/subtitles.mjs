// Cuts the words of a transcript into subtitles, and writes those as SubRip or WebVTT.

/**
 * @typedef {{ word: string, startMs: number, endMs: number }} Word
 *
 * @typedef {object} Segment one piece of the transcript, as the engine gave it
 * @property {string} text
 * @property {number} startMs
 * @property {number} endMs
 * @property {readonly Word[]} words empty: the engine does not time its words
 *
 * @typedef {{ text: string, startMs: number, endMs: number }} Subtitle
 */

/** Two lines of 42 characters, and seven seconds: what subtitles for television are held to. */
const MAX_CHARACTERS = 84;
const MAX_MS = 7000;
/** Whoever pauses so long begins a new thought. */
const PAUSE_MS = 800;

/**
 * A subtitle ends with its sentence, before a pause, or where it would become too long.
 * @param {readonly Segment[]} segments
 * @returns {Subtitle[]}
 */
export function subtitlesOf(segments) {
  return segments.flatMap(({ text, startMs, endMs, words }) =>
    words.length === 0 ? [{ text, startMs, endMs }] : subtitlesOfWords(words),
  );
}

/** @param {readonly Word[]} words */
function subtitlesOfWords(words) {
  /** @type {Subtitle[]} */
  const subtitles = [];
  /** @type {Subtitle | null} */
  let open = null;
  for (const { word, startMs, endMs } of words) {
    if (open !== null && endsBefore(open, word, startMs, endMs)) open = null;
    if (open === null) {
      open = { text: word, startMs, endMs };
      subtitles.push(open);
    } else {
      open.text += ` ${word}`;
      open.endMs = endMs;
    }
    if (/[.?!。？！]$/u.test(word)) open = null;
  }
  return subtitles;
}

/** @param {Subtitle} open @param {string} word @param {number} startMs @param {number} endMs */
function endsBefore(open, word, startMs, endMs) {
  const isTooLong = open.text.length + 1 + word.length > MAX_CHARACTERS || endMs - open.startMs > MAX_MS;
  return isTooLong || startMs - open.endMs > PAUSE_MS;
}

/** SubRip, `.srt`. @param {readonly Subtitle[]} subtitles */
export function toSrt(subtitles) {
  const blocks = subtitles.map(
    ({ text, startMs, endMs }, index) => `${index + 1}\n${clock(startMs, ',')} --> ${clock(endMs, ',')}\n${text}\n`,
  );
  return blocks.join('\n');
}

/** WebVTT, `.vtt`. @param {readonly Subtitle[]} subtitles */
export function toVtt(subtitles) {
  const blocks = subtitles.map(({ text, startMs, endMs }) => {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return `${clock(startMs, '.')} --> ${clock(endMs, '.')}\n${escaped}\n`;
  });
  return ['WEBVTT\n', ...blocks].join('\n');
}

/** Hours, minutes, seconds and milliseconds. @param {number} ms @param {',' | '.'} point before the milliseconds */
export function clock(ms, point) {
  /** @param {number} value @param {number} digits */
  const padded = (value, digits) => String(Math.floor(value)).padStart(digits, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${padded(hours, 2)}:${padded(minutes, 2)}:${padded(seconds, 2)}${point}${padded(ms % 1000, 3)}`;
}
