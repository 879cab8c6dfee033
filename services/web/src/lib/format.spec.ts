import { describe, expect, it } from '@jest/globals';
import { durationMs, formatDuration, formatJson, formatMs, plural } from './format';

describe('numbers for people', () => {
  it('shows durations as minutes and seconds, with hours when there are any', () => {
    expect([0, 42_400, 725_000, 3_725_000].map(formatDuration)).toEqual(['0:00', '0:42', '12:05', '1:02:05']);
  });

  it('shows times in the unit that fits', () => {
    expect([0.412, 320.4, 2_440].map(formatMs)).toEqual(['0.4 ms', '320 ms', '2.4 s']);
  });

  it('knows no duration of what still runs', () => {
    expect(durationMs('2026-01-01T00:00:00Z', null)).toBeUndefined();
    expect(durationMs('2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z')).toBe(60_000);
  });

  it('puts small JSON on one line', () => {
    expect(formatJson({ city: 'Paris' })).toBe('{ "city": "Paris" }');
    expect(formatJson(undefined)).toBe('nothing');
    expect(formatJson({ text: 'x'.repeat(80) })).toContain('\n');
  });

  it('counts', () => {
    expect([plural(1, 'turn'), plural(2, 'turn')]).toEqual(['1 turn', '2 turns']);
  });
});
