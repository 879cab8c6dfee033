import { describe, expect, it } from '@jest/globals';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import { Ear } from './ear.js';

const RATE_HZ = 16_000;
const SETTINGS = { startMs: 150, silenceMs: 500 };
const quiet = (ms: number) => new Int16Array(16 * ms);
const coded = (text: string) => encodeUtterance(text, { sampleRateHz: RATE_HZ });

/** Numbers 0..1, the same every time. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

function noise(ms: number, dbOfFullScale: number): Int16Array {
  const random = pseudoRandom();
  const amplitude = 32_768 * 10 ** (dbOfFullScale / 20) * Math.sqrt(3);
  return Int16Array.from({ length: 16 * ms }, () => Math.round((2 * random() - 1) * amplitude));
}

function beeps(ms: number, beepMs: number): Int16Array {
  return Int16Array.from({ length: 16 * ms }, (_, n) => (n % RATE_HZ < 16 * beepMs ? 16_000 * Math.sin(n / 6.4) : 0));
}

function mixed(background: Int16Array, speech: Int16Array, fromMs: number): Int16Array {
  const result = background.slice();
  speech.forEach((sample, n) => {
    const at = 16 * fromMs + n;
    result[at] = Math.max(-32_768, Math.min(32_767, (background[at] ?? 0) + sample));
  });
  return result;
}

/** What happened, with the second of the audio in which it did. */
function hear(...parts: Int16Array[]): string[] {
  const events: string[] = [];
  let samples = 0;
  const tell = (event: string) => events.push(`${(samples / RATE_HZ).toFixed(1)} ${event}`);
  const ear = new Ear(
    { sampleRateHz: RATE_HZ, activity: SETTINGS, automatic: true, joinsMidway: false },
    {
      activityStarted: () => tell('started'),
      transcribed: () => {},
      activityEnded: ({ text, soundMs }) => tell(`ended: ${text || (soundMs >= 250 ? '(speech)' : '(nothing)')}`),
    },
  );
  for (const part of parts) {
    for (let n = 0; n < part.length; n += 640) {
      samples += Math.min(640, part.length - n);
      ear.push(part.subarray(n, n + 640));
    }
  }
  return events;
}

const kinds = (events: string[]) => events.map((event) => event.slice(event.indexOf(' ') + 1));

describe('Ear', () => {
  it.each([-50, -40, -30, -26])('is not disturbed by steady noise at %d dB, and understands words in it', (level) => {
    const events = hear(mixed(noise(12_000, level), coded('What time is it?'), 6_000));
    expect(kinds(events)).toEqual(['started', 'ended: What time is it?']);
    expect(Number.parseFloat(events[0]!)).toBeGreaterThanOrEqual(6);
    expect(Number.parseFloat(events[1]!)).toBeLessThan(8);
  });

  it('understands what is said while noise stops for it, as when a page speaks for its microphone', () => {
    const background = noise(4_000, -30);
    expect(kinds(hear(background, coded('What can you do?'), background))).toEqual([
      'started',
      'ended: What can you do?',
    ]);
  });

  it('takes noise that sets in for nothing, and does not answer it', () => {
    expect(kinds(hear(quiet(2_000), noise(10_000, -30)))).toEqual(['started', 'ended: (nothing)']);
  });

  it.each([20, 60, 120])('does not mind a beep of %d ms a second', (ms) => {
    expect(hear(quiet(300), beeps(20_000, ms))).toEqual([]);
  });

  it.each([200, 400])('is interrupted by beeps of %d ms a few times, not for ever', (ms) => {
    const events = hear(quiet(300), beeps(40_000, ms));
    expect(events.length).toBeLessThanOrEqual(6);
    expect(Number.parseFloat(events.at(-1)!)).toBeLessThan(6);
  });

  it('understands words between beeps', () => {
    const events = hear(mixed(beeps(20_000, 20), coded('What time is it?'), 10_100));
    expect(kinds(events)).toEqual(['started', 'ended: What time is it?']);
  });

  it('gives up on a sound that never ends and holds no word', () => {
    const music = noise(30_000, -20).map((sample, n) => Math.round(sample * (0.05 + Math.abs(Math.sin(n / 3_000)))));
    const events = hear(quiet(300), music);
    expect(kinds(events).slice(0, 2)).toEqual(['started', 'ended: (speech)']);
    expect(events.length).toBeLessThanOrEqual(4);
  });

  it('ends a turn whose last word was lost in the noise', () => {
    const words = coded('Tell me a long story');
    const cut = words.slice(0, Math.round(words.length * 0.7));
    const events = hear(mixed(noise(12_000, -30), cut, 4_000));
    expect(kinds(events)).toEqual(['started', expect.stringMatching(/^ended: Tell me a .*\[inaudible\]$/)]);
  });
});
