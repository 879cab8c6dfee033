/**
 * Where a word ends. In most scripts words stand between spaces; in some they follow one another without any, and the platform's own
 * dictionaries know where one ends.
 */
const words = new Intl.Segmenter('en', { granularity: 'word' });

/** Scripts that put no spaces between words, with the punctuation that goes with them. */
const SPACELESS =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Yi}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}\p{scx=Tai_Le}\p{scx=New_Tai_Lue}\p{scx=Tai_Tham}\p{scx=Tai_Viet}\p{scx=Javanese}\p{scx=Balinese}]$/u;
/** No word is longer: a bound for what is looked through in a text without any space. */
const MAX_WORD_LENGTH = 200;

/** The longest beginning of the text, at most that long, that ends where a word does. */
export function wholeWords(text: string, length: number): string {
  if (length >= text.length || /\s/.test(text.charAt(length))) return text.slice(0, length).trimEnd();
  return text.slice(0, wordEndBefore(text, length)).trimEnd();
}

/** The longest end of the text, at most that long, that begins where a word does. */
export function lastWords(text: string, length: number): string {
  if (length >= text.length) return text;
  const first = text.length - length;
  if (/\s/.test(text.charAt(first - 1))) return text.slice(first);
  for (const end of wordEnds(text, first)) if (end >= first) return text.slice(end).trimStart();
  return '';
}

/** A piece of text that goes on with what was said before does so behind a space, where words have one between them. */
export function joinWords(before: string, next: string): string {
  const isApart = before === '' || next === '' || /\s$/.test(before) || /^\s/.test(next);
  return isApart || isSpaceless(lastCharacter(before)) || isSpaceless(firstCharacter(next)) ? next : ` ${next}`;
}

function wordEndBefore(text: string, length: number): number {
  let last = 0;
  for (const end of wordEnds(text, length)) {
    if (end > length) break;
    last = end;
  }
  return last;
}

/** Ends of words near a position, in order: the last one before it and the first one behind it are among them. */
function* wordEnds(text: string, position: number): Generator<number> {
  const spaceBefore = text.slice(0, position).search(/\s\S*$/);
  const nextSpace = text.slice(position).search(/\s/);
  const spaceBehind = nextSpace < 0 ? text.length : position + nextSpace;
  const start = spaceBefore < 0 ? 0 : spaceBefore + 1;
  yield start;
  const from = Math.max(start, position - MAX_WORD_LENGTH);
  const around = text.slice(from, Math.min(spaceBehind, position + MAX_WORD_LENGTH));
  for (const { index } of words.segment(around)) if (index > 0 && endsWord(text, from + index)) yield from + index;
  yield spaceBehind;
}

/** Whether a boundary inside of a run without spaces is one between words: "10:30" and "and/or" are heard as a whole. */
function endsWord(text: string, position: number): boolean {
  return (
    isSpaceless(lastCharacter(text.slice(Math.max(0, position - 2), position))) ||
    isSpaceless(firstCharacter(text.slice(position, position + 2)))
  );
}

function isSpaceless(character: string): boolean {
  return SPACELESS.test(character);
}

function firstCharacter(text: string): string {
  return [...text][0] ?? '';
}

function lastCharacter(text: string): string {
  return Array.from(text.slice(-2)).at(-1) ?? '';
}
