/** Texts of errors as they may stand in a trailer, a terminal and a line of a log, whoever had a hand in them. */

/** Control characters, what else ends a line somewhere, and halves of characters that stand alone. */
const ODD = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;
const LINE_END = /[\n\r\u2028\u2029]/;

/**
 * A text as one paragraph of printable characters: a line end becomes a space, any other control character its escape.
 *
 * @param limit most characters of the result. What is left out is named by `…`.
 */
export function plainText(text: string, limit: number): string {
  if (text.length <= limit && !ODD.test(text)) return text;
  // Twice as much as may stay: line ends go, and their indentation with them.
  const parts = [...text.slice(0, 2 * limit).trim()].map((character) =>
    ODD.test(character) ? plain(character) : character,
  );
  const lines = parts
    .join('')
    .split('\n')
    .map((line) => line.trim());
  const paragraph = lines.filter((line) => line !== '').join(' ');
  return paragraph.length <= limit && text.length <= 2 * limit ? paragraph : `${cutBefore(paragraph, limit - 1)}…`;
}

/** The one character, or the line feed that stands for any end of a line. */
function plain(character: string): string {
  if (LINE_END.test(character)) return '\n';
  if (character === '\t') return ' ';
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xd800 ? '\ufffd' : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A cut that does not go through a character. */
function cutBefore(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? limit - 1 : limit);
}
