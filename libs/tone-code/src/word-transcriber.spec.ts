import { describe, expect, it } from '@jest/globals';
import type { DecodedWord } from './tone-decoder.js';
import { INAUDIBLE, WordTranscriber, transcribeWords } from './word-transcriber.js';

const place = { startSample: 0, endSample: 1 };
const intact = (text: string, index: number, last = false, continues = false): DecodedWord => ({
  ...place,
  damaged: false,
  text,
  index,
  continues,
  last,
});
const damaged = (index: number | null): DecodedWord => ({ ...place, damaged: true, text: null, index });

describe('transcribeWords', () => {
  it('joins words with one space and the parts of a long word with none', () => {
    expect(transcribeWords([intact('a', 0), intact('lo', 1, false, true), intact('ng', 2), intact('b', 3, true)])).toBe(
      'a long b',
    );
  });

  it('marks damaged words, numbered or not, once', () => {
    expect(transcribeWords([intact('a', 0), damaged(1), intact('c', 2, true)])).toBe(`a ${INAUDIBLE} c`);
    expect(transcribeWords([intact('a', 0), damaged(null), intact('c', 2, true)])).toBe(`a ${INAUDIBLE} c`);
  });

  it('marks every lost word: the first, one in the middle, the last', () => {
    expect(transcribeWords([intact('b', 1), intact('e', 4, true)])).toBe(`${INAUDIBLE} b ${INAUDIBLE} ${INAUDIBLE} e`);
    expect(transcribeWords([intact('a', 0), intact('b', 1)])).toBe(`a b ${INAUDIBLE}`);
  });

  it('marks a word that came twice or out of order', () => {
    expect(transcribeWords([intact('a', 0), intact('b', 1), intact('b', 1), intact('c', 2, true)])).toBe(
      `a b ${INAUDIBLE} b c`,
    );
  });
});

describe('WordTranscriber', () => {
  it('misses nothing before its beginning when it joins midway', () => {
    expect(new WordTranscriber({ joinsMidway: true }).add(intact('f', 5, true))).toBe('f');
  });

  it('begins anew after a turn', () => {
    const transcriber = new WordTranscriber();
    expect([
      transcriber.add(intact('a', 0, true)),
      transcriber.endTurn(),
      transcriber.add(intact('b', 0, true)),
    ]).toEqual(['a', '', 'b']);
  });
});
