import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LimitedLog } from './limited-log.js';

let lines: [object, string][];
let log: LimitedLog;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  log = new LimitedLog(
    { info: ((fields: object, message: string) => lines.push([fields, message])) as never },
    Date.now,
  );
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a log of what strangers can make happen', () => {
  it('has ten lines of a flood and how many more there were', () => {
    for (let i = 0; i < 1_000; i++) log.info('full', { i }, 'refused');
    expect(lines).toHaveLength(10);
    jest.advanceTimersByTime(10_000);
    expect(lines.slice(10)).toEqual([[{ kind: 'full', leftOut: 990, seconds: 10 }, 'refused: more that have no line']]);
  });

  it('has every line of what is rare, also during a flood of something else', () => {
    for (let i = 0; i < 100; i++) log.info('full', {}, 'refused');
    for (let i = 0; i < 5; i++) log.info('gone', { i }, 'lost');
    expect(lines.filter(([, message]) => message === 'lost')).toHaveLength(5);
  });
});
