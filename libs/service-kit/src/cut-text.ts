/**
 * Text that has to become shorter. What people take for one character may be several code points (an emoji with its skin tone, a letter
 * with its marks) and each of those two UTF-16 units: it is kept whole or not at all. Lengths are in UTF-16 units, as in `text.length`.
 */
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Around the place of the cut; no character that is meant as one is longer. */
const WINDOW = 64;

/** The beginning of the text, at most that long. */
export function cutText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : text.slice(0, characterAt(text, maxLength).start);
}

/** The end of the text, at most that long. */
export function lastOfText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const first = text.length - maxLength;
  const { start, end } = characterAt(text, first);
  return text.slice(start === first ? start : end);
}

/** Where the character begins and ends that is at this position. One that is longer than the window is none: it falls into code points. */
function characterAt(text: string, position: number): { start: number; end: number } {
  const from = codePointAt(text, Math.max(0, position - WINDOW)).start;
  const found = characters.segment(text.slice(from, position + WINDOW)).containing(position - from);
  if (!found) return { start: position, end: position };
  const start = from + found.index;
  const end = start + found.segment.length;
  const isWhole = (start > from || from === 0) && (end < position + WINDOW || end === text.length);
  return isWhole ? { start, end } : codePointAt(text, position);
}

function codePointAt(text: string, position: number): { start: number; end: number } {
  const isInside = position > 0 && (text.codePointAt(position - 1) ?? 0) > 0xffff;
  const start = isInside ? position - 1 : position;
  return { start, end: start + ((text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1) };
}
