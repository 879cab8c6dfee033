import type { JsonObject } from '../arguments/json-text.js';
import { failed, succeeded, type RunResult } from './run-result.js';

/** {timezone?: IANA name} -> {iso, timezone, spoken}. Without a time zone: UTC. */
export function currentTime(args: JsonObject, now = new Date()): RunResult {
  const timezone = args['timezone'] ?? 'UTC';
  const zone = typeof timezone === 'string' ? resolveZone(timezone) : undefined;
  if (zone === undefined) {
    return failed('The time zone is not known: use an IANA name such as Europe/Paris.', { retryable: true });
  }
  const spoken = new Intl.DateTimeFormat('en-US', { timeZone: zone, dateStyle: 'full', timeStyle: 'short' }).format(
    now,
  );
  return succeeded({ iso: isoIn(zone, now), timezone: zone, spoken: spoken.replaceAll('\u202f', ' ') });
}

/** The canonical name. Offsets such as +02:00 are not IANA names. */
function resolveZone(name: string): string | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** RFC 3339 with the zone's offset, to the second. */
function isoIn(timeZone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}${offset}`;
}
