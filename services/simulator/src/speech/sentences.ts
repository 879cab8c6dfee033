const MAX_LENGTH = 300;

/** Splits a text into sentences of at most 300 characters; joined with one space they give the text (white space made single). */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let current = '';
  for (const word of text.split(/\s+/u).filter((part) => part !== '')) {
    if (current !== '' && current.length + 1 + word.length > MAX_LENGTH) {
      sentences.push(current);
      current = '';
    }
    current = current === '' ? word : `${current} ${word}`;
    if (/[.!?…。！？]["'”’)]*$/u.test(word)) {
      sentences.push(current);
      current = '';
    }
  }
  if (current !== '') sentences.push(current);
  return sentences;
}
