import { describe, expect, it } from '@jest/globals';
import { currentTime } from './current-time.js';

const NOON = new Date('2025-07-01T12:00:30Z');

describe('current_time', () => {
  it.each([
    [{}, '2025-07-01T12:00:30+00:00', 'UTC', 'Tuesday, July 1, 2025 at 12:00 PM'],
    [{ timezone: 'Europe/Paris' }, '2025-07-01T14:00:30+02:00', 'Europe/Paris', 'Tuesday, July 1, 2025 at 2:00 PM'],
    [{ timezone: 'Asia/Kolkata' }, '2025-07-01T17:30:30+05:30', 'Asia/', 'Tuesday, July 1, 2025 at 5:30 PM'],
    [{ timezone: 'America/New_York' }, '2025-07-01T08:00:30-04:00', 'America/New_York', 'Tuesday, July 1, 2025'],
  ])('for %j', (args, iso, timezone, spoken) => {
    const result = currentTime(args, NOON);
    expect(result.outcome).toBe('ok');
    expect(JSON.parse(result.resultJson)).toEqual({
      iso,
      timezone: expect.stringContaining(timezone),
      spoken: expect.stringContaining(spoken),
    });
  });

  it.each(['Mars/Olympus', '+02:00', '', 7])('does not know the time zone %j', (timezone) => {
    expect(currentTime({ timezone }, NOON)).toMatchObject({ outcome: 'failed' });
  });
});
