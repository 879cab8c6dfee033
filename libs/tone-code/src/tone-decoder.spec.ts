import { describe, expect, it } from '@jest/globals';
import { addNoise, join, resample, seededRandom, silence, throughMuLaw } from '../test/channel.js';
import { encodeUtterance, encodeWords } from './encode.js';
import { type DecodedWord, ToneDecoder } from './tone-decoder.js';
import { transcribeWords } from './word-transcriber.js';

const SENTENCE = 'Bitte noch ein Stück Käse, 3.50 € — grüße, 東京 👩‍🚀 ok?';

function decode(samples: Int16Array, sampleRateHz: number, chunkSamples = 640): DecodedWord[] {
  const decoder = new ToneDecoder({ sampleRateHz });
  const words: DecodedWord[] = [];
  for (let n = 0; n < samples.length; n += chunkSamples)
    words.push(...decoder.push(samples.subarray(n, n + chunkSamples)));
  return [...words, ...decoder.flush()];
}

function padded(samples: Int16Array, sampleRateHz: number): Int16Array {
  return join(silence(137, sampleRateHz), samples, silence(60, sampleRateHz));
}

const ALPHABET = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789.,!?\'"-äßéñøłжщ中文字日本語한국🙂🚀\u0301'];
function randomSentence(random: () => number, words = 1 + Math.floor(random() * 8)): string {
  const pick = () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'a';
  return Array.from({ length: words }, () => Array.from({ length: 1 + Math.floor(random() * 12) }, pick).join('')).join(
    ' ',
  );
}

describe('ToneDecoder', () => {
  it.each([8000, 11025, 16000, 22050, 24000, 44100, 48000])('gives back exactly what was encoded at %d Hz', (rate) => {
    expect(transcribeWords(decode(padded(encodeUtterance(SENTENCE, { sampleRateHz: rate }), rate), rate))).toBe(
      SENTENCE,
    );
  });

  it.each([
    [48000, 16000],
    [44100, 16000],
    [24000, 16000],
    [16000, 24000],
    [8000, 16000],
  ])('survives resampling from %d to %d Hz', (fromHz, toHz) => {
    const samples = resample(padded(encodeUtterance(SENTENCE, { sampleRateHz: fromHz }), fromHz), fromHz, toHz);
    expect(transcribeWords(decode(samples, toHz))).toBe(SENTENCE);
  });

  it('survives 8 kHz mu-law and back to 16 kHz', () => {
    const telephone = throughMuLaw(
      resample(padded(encodeUtterance(SENTENCE, { sampleRateHz: 16000 }), 16000), 16000, 8000),
    );
    expect(transcribeWords(decode(telephone, 8000))).toBe(SENTENCE);
    expect(transcribeWords(decode(resample(telephone, 8000, 16000), 16000))).toBe(SENTENCE);
  });

  it('survives noise 20 dB below it, being quiet, and turned polarity', () => {
    const clean = padded(encodeUtterance(SENTENCE, { sampleRateHz: 16000 }), 16000);
    for (let seed = 0; seed < 10; seed++) {
      expect(transcribeWords(decode(addNoise(clean, 20, seededRandom(seed)), 16000))).toBe(SENTENCE);
    }
    expect(
      transcribeWords(
        decode(
          clean.map((sample) => Math.round(sample / 12)),
          16000,
        ),
      ),
    ).toBe(SENTENCE);
    expect(
      transcribeWords(
        decode(
          clean.map((sample) => -sample),
          16000,
        ),
      ),
    ).toBe(SENTENCE);
  });

  it('does not care how the stream is cut into pieces', () => {
    const samples = padded(encodeUtterance(SENTENCE, { sampleRateHz: 16000 }), 16000);
    const whole = decode(samples, 16000, samples.length);
    for (const chunk of [1, 7, 160, 333, 1024, 5000]) expect(decode(samples, 16000, chunk)).toEqual(whole);
  });

  it('gives back any sentence', () => {
    const random = seededRandom(42);
    for (let run = 0; run < 60; run++) {
      const sentence = randomSentence(random);
      const samples = padded(
        encodeUtterance(sentence, { sampleRateHz: 16000, gapMs: 20 + Math.floor(random() * 80) }),
        16000,
      );
      expect(transcribeWords(decode(samples, 16000))).toBe(sentence);
    }
  });

  it('splits a very long word over packets and joins it again', () => {
    const word = '長い言葉'.repeat(40);
    const words = decode(padded(encodeUtterance(`a ${word} b`, { sampleRateHz: 16000 }), 16000), 16000);
    expect(words.length).toBeGreaterThan(8);
    expect(transcribeWords(words)).toBe(`a ${word} b`);
  });

  it('decodes the whole words of a stream that was cut in the middle', () => {
    const words = encodeWords('one two three four five six', { sampleRateHz: 16000 });
    const samples = join(...words.map((word) => word.samples));
    const cut = (words[0]?.samples.length ?? 0) + (words[1]?.samples.length ?? 0) + 900;
    const decoded = decode(samples.subarray(cut), 16000);
    expect(decoded.map((word) => word.text)).toEqual([null, 'four', 'five', 'six']);
    expect(decoded[1]).toMatchObject({ index: 3 });
  });

  it('reports a word that the stream ends in as damaged', () => {
    const samples = encodeUtterance('hello world', { sampleRateHz: 16000 });
    expect(decode(samples.subarray(0, samples.length - 1500), 16000).map((word) => word.text)).toEqual(['hello', null]);
  });

  it('hears nothing in silence, noise and tones', () => {
    const random = seededRandom(1);
    expect(decode(new Int16Array(32000), 16000)).toEqual([]);
    expect(
      decode(
        Int16Array.from({ length: 48000 }, () => (random() - 0.5) * 20000),
        16000,
      ),
    ).toEqual([]);
    expect(
      decode(
        Int16Array.from({ length: 48000 }, (_, n) => 9000 * Math.sin(n / 5) + 9000 * Math.sin((n * n) / 1e5)),
        16000,
      ),
    ).toEqual([]);
  });

  it('can be used again after flush', () => {
    const decoder = new ToneDecoder({ sampleRateHz: 16000 });
    const samples = encodeUtterance('again', { sampleRateHz: 16000 });
    for (let run = 0; run < 3; run++)
      expect(transcribeWords([...decoder.push(samples), ...decoder.flush()])).toBe('again');
  });
});

describe('ToneDecoder with a faulty stream', () => {
  const sentence = 'alpha bravo charlie';
  const words = encodeWords(sentence, { sampleRateHz: 16000 });
  const clean = join(silence(50, 16000), ...words.map((word) => word.samples), silence(60, 16000));
  const places = decode(clean, 16000);

  const faults: Record<string, (samples: Int16Array, at: number, block: number) => Int16Array> = {
    lost: (samples, at, block) => join(samples.subarray(0, at), samples.subarray(at + block)),
    repeated: (samples, at, block) => join(samples.subarray(0, at + block), samples.subarray(at)),
    silenced: (samples, at, block) =>
      join(samples.subarray(0, at), new Int16Array(block), samples.subarray(at + block)),
    'swapped with the next': (samples, at, block) =>
      join(
        samples.subarray(0, at),
        samples.subarray(at + block, at + 2 * block),
        samples.subarray(at, at + block),
        samples.subarray(at + 2 * block),
      ),
  };

  for (const [name, fault] of Object.entries(faults)) {
    it.each([5, 10, 20, 40])(
      `marks the word in which a block of %d ms is ${name}, wherever it is, and no other`,
      (blockMs) => {
        const block = 16 * blockMs;
        const span = name.startsWith('swapped') ? 2 * block : block;
        for (const target of [0, 1, 2]) {
          const { startSample, endSample } = places[target] as DecodedWord;
          for (let at = startSample; at <= endSample - span; at += 131) {
            const decoded = decode(fault(clean, at, block), 16000);
            // A beginning that is heard twice counts as two damaged words.
            const texts = decoded
              .map((word) => word.text)
              .filter((text, n, all) => text !== null || all[n - 1] !== null);
            const expected = sentence.split(' ').map((word, n) => (n === target ? null : word));
            expect({ at, texts }).toEqual({ at, texts: expected });
          }
        }
      },
    );
  }

  it('never gives wrong text for a block lost, repeated or swapped anywhere in random sentences', () => {
    const random = seededRandom(7);
    for (let run = 0; run < 150; run++) {
      const text = randomSentence(random, 4);
      const samples = padded(encodeUtterance(text, { sampleRateHz: 16000 }), 16000);
      const fault = Object.values(faults)[run % 4] as (typeof faults)[string];
      const block = 80 + Math.floor(random() * 600);
      const decoded = decode(fault(samples, Math.floor(random() * samples.length), block), 16000);
      const spoken = text.split(' ');
      for (const word of decoded) if (!word.damaged) expect(word.text).toBe(spoken[word.index]);
      expect(decoded.filter((word) => !word.damaged).length).toBeGreaterThanOrEqual(spoken.length - 2);
    }
  });
});
