/** Calls that go on while something is done to the platform. */
import { converse, type ConversationOutcome } from '../load/conversations.js';
import type { CallRig, WatchedCall } from '../load/watched-call.js';
import { percentile, round } from '../statistics.js';
import { until } from './until.js';

export interface DuringCalls extends ConversationOutcome {
  calls: number;
  /** How long callers were without their call, each time that they had to come back. */
  gapsMs: number[];
}

const START_TIMEOUT_MS = 120_000;
const TALK_TIMEOUT_MS = 120_000;

/** Resolves when every caller has been answered so many times more. */
export type Talked = (times: number) => Promise<void>;

/** `count` callers talk, every other one in writing, from before `work` starts until after it has ended. */
export async function duringCalls(
  rig: CallRig,
  count: number,
  work: (talked: Talked) => Promise<void>,
): Promise<DuringCalls> {
  const calls: WatchedCall[] = [];
  const stop = new AbortController();
  const talking = converse(rig, count, {
    stop: stop.signal,
    writers: Math.floor(count / 2),
    started: (call) => calls.push(call),
  });
  // Thrown below, when what is done meanwhile has come to its end.
  talking.catch(() => undefined);
  try {
    await Promise.race([until(`${count} calls`, START_TIMEOUT_MS, async () => calls.length === count), talking]);
    await work(async (times) => await untilAllTalked(calls, times));
  } finally {
    stop.abort();
    await talking.catch(() => undefined);
  }
  return { ...(await talking), calls: count, gapsMs: calls.flatMap(({ gapsMs }) => gapsMs) };
}

export function isWhole({ lost, wordsMissing, wordsExtra }: DuringCalls): boolean {
  return lost === 0 && wordsMissing === 0 && wordsExtra === 0;
}

export const CALLS_HEAD = [
  'calls',
  'lost',
  'exchanges',
  'words',
  'missing',
  'extra',
  'moved',
  'gap p50 ms',
  'gap p95 ms',
];

export function callsRow({
  calls,
  lost,
  exchanges,
  words,
  wordsMissing,
  wordsExtra,
  gapsMs,
}: DuringCalls): (string | number)[] {
  const gaps = [0.5, 0.95].map((share) => (gapsMs.length === 0 ? '' : round(percentile(gapsMs, share), 0)));
  return [calls, lost, round(exchanges, 0), words, wordsMissing, wordsExtra, gapsMs.length, ...gaps];
}

/** For the committed result: without each single gap. */
export function summary({ gapsMs, ...rest }: DuringCalls): Record<string, unknown> {
  const gaps =
    gapsMs.length === 0
      ? {}
      : { gapP50Ms: round(percentile(gapsMs, 0.5), 0), gapP95Ms: round(percentile(gapsMs, 0.95), 0) };
  return { ...rest, moved: gapsMs.length, ...gaps };
}

async function untilAllTalked(calls: WatchedCall[], times: number): Promise<void> {
  const before = calls.map(({ answers }) => answers);
  const answered = async () => calls.every((call, i) => call.endedEarly !== '' || call.answers >= before[i]! + times);
  await until(`an answer for each of ${calls.length} callers`, TALK_TIMEOUT_MS, answered);
}
