/** Times and numbers as people read them, in the browser's own language where that matters. */

const SECOND_MS = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;
const MAX_JSON_LINE_LENGTH = 60;

/** Such as "21 Nov 2026, 14:03". */
export function formatTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '–';
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** Such as "14:03:27". */
export function formatClock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '–' : new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(date);
}

/** Such as "0:42", "12:05" or "1:02:05". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  if (seconds < HOUR_S) return `${minutes}:${two(seconds % MINUTE_S)}`;
  return `${Math.floor(seconds / HOUR_S)}:${two(minutes)}:${two(seconds % MINUTE_S)}`;
}

/** Between two times; undefined while it still runs. */
export function durationMs(startedAt: string, endedAt: string | undefined | null): number | undefined {
  if (!endedAt) return undefined;
  const ms = new Date(endedAt).getTime() - new Date(startedAt).getTime();
  return Number.isFinite(ms) ? ms : undefined;
}

/** Such as "0.4 ms", "320 ms" or "2.4 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  return ms < SECOND_MS ? `${Math.round(ms)} ms` : `${(ms / SECOND_MS).toFixed(1)} s`;
}

export function formatCount(count: number): string {
  return new Intl.NumberFormat().format(count);
}

/** "1 turn", "3 turns". */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** JSON for people: short values on one line, others indented. */
export function formatJson(value: unknown): string {
  const indented = JSON.stringify(value, null, 2) ?? 'nothing';
  const short = indented.replaceAll(/\n\s*/g, ' ');
  return short.length <= MAX_JSON_LINE_LENGTH ? short : indented;
}
