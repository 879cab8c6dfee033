/** The tool calls of a turn as the record takes them: all of them, the largest values shortened where they are too much together. */
import type { ToolCall } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { cutText } from '@orbisvoice/service-kit/cut-text';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import type { ToolCallState } from './call-state.js';
import { keptBeginning, keptValue } from './kept-value.js';

/**
 * `transcripts` takes 2,048 kB of one event as JSON, in which these texts are JSON within JSON. The rest of it is for the words of the
 * turn, for ids and for names.
 */
const MAX_BYTES = 1_600_000;
/** Of a value that is shortened: 64 calls with two of them stay far below the limit, whatever has to be escaped. */
const BEGINNING_CHARACTERS = 1_000;
const MAX_IDENTIFIER_LENGTH = 200;

interface Value {
  value: unknown;
  json: string;
  bytes: number;
}

export function toStoredToolCalls(calls: ToolCallState[]): ToolCall[] {
  const values = calls.map((call) => ({ given: valueOf(call.arguments ?? {}), result: valueOf(call.result ?? null) }));
  shorten(values.flatMap(({ given, result }) => [given, result]));
  return calls.map((call, n) => ({
    id: bounded(call.id),
    name: bounded(call.name),
    argumentsJson: values[n]!.given.json,
    resultJson: values[n]!.result.json,
    outcome: call.outcome ?? 'unknown',
    startedAt: toTimestamp(new Date(call.startedAt)),
    durationMs: Math.max(0, Math.round(call.durationMs ?? 0)),
  }));
}

function shorten(values: Value[]): void {
  let bytes = values.reduce((sum, value) => sum + value.bytes, 0);
  for (const largest of values.toSorted((a, b) => b.bytes - a.bytes)) {
    if (bytes <= MAX_BYTES) return;
    const json = JSON.stringify(keptBeginning(largest.value, BEGINNING_CHARACTERS));
    bytes += bytesOf(json) - largest.bytes;
    largest.json = json;
  }
}

function valueOf(value: unknown): Value {
  const json = JSON.stringify(keptValue(value));
  return { value, json, bytes: bytesOf(json) };
}

/** As a text within the event's JSON. */
function bytesOf(json: string): number {
  return Buffer.byteLength(JSON.stringify(json));
}

/** A model may leave these out, or make them endless. */
function bounded(identifier: string): string {
  return cutText(identifier, MAX_IDENTIFIER_LENGTH) || 'unnamed';
}
