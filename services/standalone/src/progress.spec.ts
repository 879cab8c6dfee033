import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Progress, type ProgressOutput } from './progress.js';

class FakeOutput implements ProgressOutput {
  text = '';
  columns = 60;
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
  /** What a terminal shows after all of it. */
  get shown(): string[] {
    return this.text.split('\n').map((line) => line.split('\r\u001b[2K').at(-1)!);
  }
}

describe('Progress', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('only ever appends whole words where nobody can draw over them', () => {
    const output = new FakeOutput(false);
    const progress = new Progress(output);
    progress.step('Building');
    progress.detail('proto', '1 of 3');
    progress.detail('accounts', '2 of 3');
    jest.advanceTimersByTime(17_640);
    progress.step('Starting');
    jest.advanceTimersByTime(200);
    progress.done();
    expect(output.text).toBe('  Building ... proto accounts 17.6 s\n  Starting ... 0.2 s\n');
  });

  it('keeps a terminal moving within one line, and leaves the same behind', () => {
    const output = new FakeOutput(true);
    const progress = new Progress(output);
    progress.step('Building');
    progress.detail('accounts', '2 of 3');
    jest.advanceTimersByTime(2_060);
    expect(output.shown).toEqual([expect.stringMatching(/^\S Building \.\.\. \(2 of 3, accounts\) 2 s$/)]);
    progress.done();
    expect(output.shown).toEqual(['  Building ... 2.1 s', '']);
    const before = output.text;
    jest.advanceTimersByTime(1_000);
    expect(output.text).toBe(before);
  });

  it('never draws a line that a narrow terminal would wrap', () => {
    const output = new FakeOutput(true);
    output.columns = 20;
    new Progress(output).step('Deleting the data of earlier runs');
    expect(output.shown[0]).toHaveLength(19);
  });

  it('says so when a step fails, and nothing when there was none', () => {
    const output = new FakeOutput(false);
    const progress = new Progress(output);
    progress.fail();
    progress.done();
    progress.step('Starting Postgres');
    progress.fail();
    progress.done();
    expect(output.text).toBe('  Starting Postgres ... failed\n');
  });
});
