/** Callers who speak, in tone code, without end, and can tell afterwards whether a word of either side was lost or doubled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { VoiceError } from '@orbisvoice/client/call/voice-error';
import type { CallRig, Sighting, WatchedCall } from './watched-call.js';

const START_SPREAD_MS = 100;
const START_TIMEOUT_MS = 60_000;
const START_AGAIN_MS = 2_000;
const MIN_PAUSE_MS = 300;
const MAX_PAUSE_MS = 1_500;
const STORED_TIMEOUT_MS = 30_000;
const SEEN_NEAR_MS = 15_000;

export interface ConversationOutcome {
  exchanges: number;
  /** Calls that ended although nobody hung up. */
  lost: number;
  /** Words that were said and are not in the transcript at their place, and words that are there and were not said. */
  wordsMissing: number;
  wordsExtra: number;
  words: number;
  /** First differences, for whoever looks into it. */
  examples: Difference[];
}

/** Where what was said and what was stored part for the first time. */
export interface Difference {
  conversationId: string;
  said: string;
  stored: string;
  /** What the caller noticed about then. */
  seen: Sighting[];
}

export interface Spoken {
  call: WatchedCall;
  words: string[];
  /** When each exchange began, in ms since the epoch. */
  begunAt: number[];
}

export interface ConverseOptions {
  /** Ends the conversations, each when its exchange is over. */
  stop: AbortSignal;
  /** So many of them write instead of speaking. Default: none. */
  writers?: number;
  /** Told of each call that has started. */
  started?: (call: WatchedCall) => void;
}

/** `calls` callers talk until they are stopped, hang up, and their transcripts are compared with what was said. */
export async function converse(
  rig: CallRig,
  calls: number,
  { stop, writers = 0, started }: ConverseOptions,
): Promise<ConversationOutcome> {
  const spoken = await Promise.all(
    Array.from({ length: calls }, async (_, number) => {
      await sleep(number * START_SPREAD_MS);
      const call = await startCall(rig);
      started?.(call);
      return await talk(call, number, { stop, manner: number < writers ? 'write' : 'say' });
    }),
  );
  return await compareWithStored(rig, spoken);
}

/** Calls again for a while when it is told that there is no place at the moment. */
export async function startCall(rig: CallRig): Promise<WatchedCall> {
  for (const deadline = performance.now() + START_TIMEOUT_MS; ; await sleep(START_AGAIN_MS)) {
    const call = rig.newCall();
    try {
      await call.start();
      return call;
    } catch (error) {
      const passing = error instanceof VoiceError && error.retryable;
      if (!passing || performance.now() > deadline) throw error;
    }
  }
}

async function talk(
  call: WatchedCall,
  number: number,
  { stop, manner }: { stop: AbortSignal; manner: 'say' | 'write' },
): Promise<Spoken> {
  const spoken: Spoken = { call, words: [], begunAt: [] };
  while (!stop.aborted && call.endedEarly === '') {
    const name = nameOf(number * 10_000 + spoken.begunAt.length);
    await exchange(spoken, manner, `My name is ${name}`, `Nice to meet you, ${name}.`);
    await sleep(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
  }
  await call.end();
  return spoken;
}

export async function exchange(
  { call, words, begunAt }: Spoken,
  manner: 'say' | 'write',
  question: string,
  answer: string,
): Promise<void> {
  begunAt.push(Date.now());
  await call[manner](question, answer);
  words.push(...question.split(' '), ...answer.split(' '));
}

/** A name that nobody else has, in letters. */
export function nameOf(number: number): string {
  const letters = [...number.toString(26)].map((digit) => String.fromCodePoint(97 + Number.parseInt(digit, 26)));
  return `X${letters.join('')}`;
}

const WORDS_PER_EXCHANGE = 9;

/** Waits for the conversations to end, and looks for every word at its place. */
export async function compareWithStored(rig: CallRig, spoken: Spoken[]): Promise<ConversationOutcome> {
  const outcome: ConversationOutcome = {
    exchanges: 0,
    lost: 0,
    words: 0,
    wordsMissing: 0,
    wordsExtra: 0,
    examples: [],
  };
  for (const each of spoken) {
    const { call, words } = each;
    const stored = await storedWords(rig, call.conversationId);
    const same = longestCommon(words, stored);
    outcome.exchanges += words.length / WORDS_PER_EXCHANGE;
    outcome.words += words.length;
    outcome.lost += call.endedEarly === '' ? 0 : 1;
    outcome.wordsMissing += words.length - same;
    outcome.wordsExtra += stored.length - same;
    if (same !== words.length || same !== stored.length) outcome.examples.push(differenceOf(each, stored));
  }
  return { ...outcome, examples: outcome.examples.slice(0, 5) };
}

async function storedWords(rig: CallRig, conversationId: string): Promise<string[]> {
  const deadline = performance.now() + STORED_TIMEOUT_MS;
  let stored = await rig.stored(conversationId);
  while (!stored.ended && performance.now() < deadline) {
    await sleep(100);
    stored = await rig.stored(conversationId);
  }
  return stored.texts.flatMap((text) => text.split(/\s+/u)).filter((word) => word !== '');
}

/** Length of the longest common subsequence: what is in both, in order. */
export function longestCommon(a: string[], b: string[]): number {
  let row = new Uint32Array(b.length + 1);
  for (const word of a) {
    const next = new Uint32Array(b.length + 1);
    for (let j = 0; j < b.length; j++) next[j + 1] = word === b[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!);
    row = next;
  }
  return row[b.length]!;
}

function differenceOf({ call, words: said, begunAt }: Spoken, stored: string[]): Difference {
  const { conversationId, seen } = call;
  const at = said.findIndex((word, i) => word !== stored[i]);
  const from = Math.max(0, (at < 0 ? said.length : at) - 10);
  const cut = (words: string[]) => words.slice(from, from + 25).join(' ');
  const then = begunAt[at < 0 ? begunAt.length - 1 : Math.floor(at / WORDS_PER_EXCHANGE)] ?? 0;
  const near = seen.filter(({ at: seenAt }) => Math.abs(Date.parse(seenAt) - then) < SEEN_NEAR_MS);
  return { conversationId, said: cut(said), stored: cut(stored), seen: near };
}

/** For a proof that prints them. */
export function printExamples({ examples }: ConversationOutcome, print: (line: string) => void): void {
  for (const { conversationId, said, stored, seen } of examples) {
    print(`call ${conversationId}`);
    print(`said:   ${said}\nstored: ${stored}`);
    for (const { at, what } of seen) print(`  ${at} ${what}`);
  }
}
