import { describe, expect, it } from '@jest/globals';
import { CapturePipeline } from './capture-pipeline.js';
import { PullResampler } from './pull-resampler.js';
import { StreamResampler } from './stream-resampler.js';

function sine(frequencyHz: number, rateHz: number, seconds: number, amplitude = 0.5): Float32Array {
  const samples = new Float32Array(Math.round(rateHz * seconds));
  for (let index = 0; index < samples.length; index++) {
    samples[index] = amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / rateHz);
  }
  return samples;
}

function inBlocks(resampler: StreamResampler, input: Float32Array, blockSamples: number): Float32Array {
  const output: number[] = [];
  for (let start = 0; start < input.length; start += blockSamples) {
    const block = input.subarray(start, start + blockSamples);
    const room = new Float32Array(resampler.outputsFor(block.length));
    expect(resampler.process(block, room)).toBe(room.length);
    output.push(...room);
  }
  return Float32Array.from(output);
}

/** The sine of this frequency that fits best: its amplitude, and what is left of the signal beside it (root mean square). */
function fit(samples: Float32Array, frequencyHz: number, rateHz: number): { amplitude: number; rest: number } {
  let inPhase = 0;
  let quadrature = 0;
  const angle = (2 * Math.PI * frequencyHz) / rateHz;
  samples.forEach((value, index) => {
    inPhase += (2 / samples.length) * value * Math.sin(angle * index);
    quadrature += (2 / samples.length) * value * Math.cos(angle * index);
  });
  let rest = 0;
  samples.forEach((value, index) => {
    rest += (value - inPhase * Math.sin(angle * index) - quadrature * Math.cos(angle * index)) ** 2;
  });
  return { amplitude: Math.hypot(inPhase, quadrature), rest: Math.sqrt(rest / samples.length) };
}

const RATES = [
  [48_000, 16_000],
  [44_100, 16_000],
  [8_000, 16_000],
  [96_000, 16_000],
  [24_000, 48_000],
  [24_000, 44_100],
] as const;

describe('StreamResampler', () => {
  it.each(RATES)('from %i to %i Hz gives exactly the samples of 10 s, in blocks of 128', (from, to) => {
    expect(inBlocks(new StreamResampler(from, to), new Float32Array(from * 10), 128)).toHaveLength(to * 10);
  });

  it.each(RATES)('from %i to %i Hz keeps frequency and amplitude of a tone, with nothing beside it', (from, to) => {
    const output = inBlocks(new StreamResampler(from, to), sine(1_000, from, 1), 128).subarray(
      to / 10,
      to / 10 + to / 2,
    );
    const { amplitude, rest } = fit(output, 1_000, to);
    expect(amplitude).toBeCloseTo(0.5, 3);
    expect(20 * Math.log10(rest / (amplitude / Math.SQRT2))).toBeLessThan(-70);
  });

  it.each([1, 7, 128, 441, 5_000])('gives the same in blocks of %i as all at once', (block) => {
    const input = sine(440, 44_100, 0.5);
    const whole = inBlocks(new StreamResampler(44_100, 16_000), input, input.length);
    expect(inBlocks(new StreamResampler(44_100, 16_000), input, block)).toEqual(whole);
  });

  it('takes away what the lower rate cannot carry, instead of folding it down', () => {
    const output = inBlocks(new StreamResampler(48_000, 16_000), sine(9_000, 48_000, 1), 128).subarray(1_600);
    expect(Math.max(...output.map(Math.abs))).toBeLessThan(0.5 * 10 ** (-70 / 20));
  });

  it('keeps what a telephone line carries', () => {
    const output = inBlocks(new StreamResampler(48_000, 16_000), sine(6_500, 48_000, 1), 128).subarray(1_600, 9_600);
    expect(fit(output, 6_500, 16_000).amplitude).toBeCloseTo(0.5, 2);
  });

  it('hands samples through untouched when the rates are equal', () => {
    const input = sine(440, 16_000, 0.1);
    expect(inBlocks(new StreamResampler(16_000, 16_000), input, 128)).toEqual(input);
  });

  it.each([0, 16_000.5, Number.NaN, 1e9])('refuses a rate of %d Hz', (rate) => {
    expect(() => new StreamResampler(rate, 16_000)).toThrow(RangeError);
  });
});

describe('CapturePipeline', () => {
  it('cuts frames of exactly the length asked for, with no click where they meet', () => {
    const frames: Int16Array[] = [];
    const pipeline = new CapturePipeline(44_100, 16_000, 40);
    const input = sine(1_000, 44_100, 2);
    for (let start = 0; start < input.length; start += 128) {
      pipeline.push(input.subarray(start, start + 128), (frame) => frames.push(frame));
    }
    expect(frames).toHaveLength(50);
    expect(new Set(frames.map((frame) => frame.length))).toEqual(new Set([640]));
    const joined = Float32Array.from(
      frames.flatMap((frame) => [...frame]).slice(1_600, 17_600),
      (value) => value / 32_768,
    );
    const { amplitude, rest } = fit(joined, 1_000, 16_000);
    expect(amplitude).toBeCloseTo(0.5, 3);
    expect(rest).toBeLessThan(1e-4);
  });
});

describe('PullResampler', () => {
  it.each([48_000, 44_100, 96_000, 16_000])(
    'gives %i Hz in blocks of any size and reads no more than it needs',
    (rate) => {
      const input = sine(1_000, 24_000, 12);
      let read = 0;
      const resampler = new PullResampler(24_000, rate, (target) => {
        target.set(input.subarray(read, read + target.length));
        read += target.length;
      });
      const output: number[] = [];
      for (const size of [128, 1, 127, 256]) {
        const seconds = 2;
        for (let done = 0; done + size <= rate * seconds; done += size) {
          const block = new Float32Array(size);
          resampler.pull(block);
          output.push(...block);
        }
      }
      expect(Math.abs(read - (output.length * 24_000) / rate)).toBeLessThan(2);
      const middle = Float32Array.from(output.slice(rate, rate * 2));
      expect(fit(middle, 1_000, rate).amplitude).toBeCloseTo(0.5, 3);
      expect(fit(middle, 1_000, rate).rest).toBeLessThan(1e-4);
    },
  );
});
