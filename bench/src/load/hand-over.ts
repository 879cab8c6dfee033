/** What becomes of the calls of a gateway that stops, or dies: nobody loses a call or a stored turn. */
import { once } from 'node:events';
import { startHandOverRig, type HandOverRig } from './hand-over-rig.js';
import type { CallRig, WatchedCall } from './watched-call.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { percentile, round } from '../statistics.js';

export interface Scenario {
  name: string;
  title: string;
  signal: 'SIGTERM' | 'SIGKILL';
  maxGapP95Ms: number;
  /** Until the old process must be gone. */
  maxExitMs: number;
}

const CONVERSATION = ['My name is Ada', 'Nice to meet you, Ada.', 'What is my name?', 'Your name is Ada.'];
const AT_ONCE = 8;
const STORED_TIMEOUT_MS = 60_000;
const ZOMBIE_TIMEOUT_MS = 60_000;
/** Of the callers. */
const VANISHING_SHARE = 0.1;

export function handOverProof(scenario: Scenario): Proof {
  return {
    name: scenario.name,
    title: scenario.title,
    run: async (options) => {
      const rig = await startHandOverRig();
      try {
        return await measure(rig, scenario, options);
      } finally {
        await rig.stop();
      }
    },
  };
}

async function measure(rig: HandOverRig, scenario: Scenario, options: ProofOptions): Promise<ProofResult> {
  const count = options.setting('calls', 200, 12);
  options.print(`${count} calls on one gateway, each with a turn that must not be lost`);
  const calls = Array.from({ length: count }, () => rig.newCall());
  await forAll(calls, async (call) => {
    await call.start();
    await call.ask(CONVERSATION[0]!);
  });
  const leaving = rig.fleet.first;
  await rig.fleet.add();
  rig.fleet.remove(leaving);
  options.print(`${scenario.signal} to that gateway; another one is there`);
  const sentAt = performance.now();
  const exited = once(leaving.process, 'exit').then(() => performance.now() - sentAt);
  // Some never come back: nobody may wait for them for ever.
  const vanished = calls.splice(0, Math.floor(count * VANISHING_SHARE));
  for (const call of vanished) call.vanish();
  leaving.process.kill(scenario.signal);
  await waitUntil(() => calls.every((call) => call.gapsMs.length > 0 || call.endedEarly !== ''), STORED_TIMEOUT_MS);
  const exitMs = await exited;
  const zombies = countOpen(rig, vanished, sentAt + ZOMBIE_TIMEOUT_MS);
  const answers: string[] = [];
  await forAll(calls, async (call) => answers.push(await call.ask(CONVERSATION[2]!).catch(String)));
  await forAll(calls, (call) => call.end());
  const whole = await countWhole(rig, calls);
  return report(scenario, options, {
    calls,
    exitMs,
    answers,
    whole,
    vanished: vanished.length,
    zombies: await zombies,
  });
}

interface Outcome {
  calls: WatchedCall[];
  exitMs: number;
  answers: string[];
  whole: number;
  /** Callers who were gone with the gateway, and how many of their conversations were still open after a minute. */
  vanished: number;
  zombies: number;
}

function report(scenario: Scenario, options: ProofOptions, outcome: Outcome): ProofResult {
  const { calls, exitMs, answers, whole, vanished, zombies } = outcome;
  const gaps = calls.flatMap((call) => call.gapsMs);
  const lost = calls.filter((call) => call.endedEarly !== '').length;
  const remembered = answers.filter((answer) => answer === CONVERSATION[3]).length;
  const p95 = round(percentile(gaps, 0.95), 0);
  options.print(
    table([
      [
        'calls',
        'lost',
        'gap p50 ms',
        'gap p95 ms',
        'gap max ms',
        'process gone after ms',
        'session remembered',
        'records whole',
        'zombies',
      ],
      [
        calls.length,
        lost,
        round(percentile(gaps, 0.5), 0),
        p95,
        round(percentile(gaps, 1), 0),
        round(exitMs, 0),
        remembered,
        whole,
        `${zombies} of ${vanished} who vanished`,
      ],
    ]),
  );
  const sound = lost === 0 && whole === calls.length && remembered === calls.length && zombies === 0;
  return {
    value: p95,
    unit: 'ms gap p95',
    limit: `<= ${scenario.maxGapP95Ms}, 0 calls lost, every record whole, no zombie, process gone in ${scenario.maxExitMs} ms`,
    pass: sound && (options.short || (p95 <= scenario.maxGapP95Ms && exitMs <= scenario.maxExitMs)),
    details: {
      calls: calls.length,
      lost,
      exitMs: round(exitMs, 0),
      remembered,
      whole,
      vanished,
      zombies,
      gapsMs: gaps.map((gap) => round(gap, 0)),
    },
  };
}

/** Conversations whose record has ended and holds each turn exactly once. */
async function countWhole(rig: CallRig, calls: WatchedCall[]): Promise<number> {
  let whole = 0;
  for (const { conversationId } of calls) {
    const deadline = Date.now() + STORED_TIMEOUT_MS;
    let stored = await rig.stored(conversationId);
    while (!stored.ended && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      stored = await rig.stored(conversationId);
    }
    if (stored.ended && JSON.stringify(stored.texts) === JSON.stringify(CONVERSATION)) whole += 1;
  }
  return whole;
}

/** Conversations that have not ended by then. */
async function countOpen(rig: CallRig, calls: WatchedCall[], deadline: number): Promise<number> {
  const open = new Set(calls.map(({ conversationId }) => conversationId));
  while (open.size > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const id of open) if ((await rig.stored(id)).ended) open.delete(id);
  }
  return open.size;
}

async function forAll(calls: WatchedCall[], work: (call: WatchedCall) => Promise<unknown>): Promise<void> {
  const waiting = [...calls];
  const worker = async () => {
    for (let call = waiting.pop(); call; call = waiting.pop()) await work(call);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
