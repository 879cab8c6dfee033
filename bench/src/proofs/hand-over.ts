/** What becomes of the calls of a gateway that stops, or dies: nobody loses a call or a stored turn. */
import { once } from 'node:events';
import { startHandOverRig, type HandOverRig, type WatchedCall } from '../load/hand-over-rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { percentile, round } from '../statistics.js';

interface Scenario {
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

function handOverProof(scenario: Scenario): Proof {
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

export const drain = handOverProof({
  name: 'drain',
  title:
    'A gateway with 200 calls is told to stop: empty in <= 30 s, no call and no stored turn lost, gap p95 <= 800 ms',
  signal: 'SIGTERM',
  maxGapP95Ms: 800,
  maxExitMs: 30_000,
});

export const kill = handOverProof({
  name: 'kill',
  title:
    'A gateway with 200 calls is killed: back in <= 3 s p95 after they notice, no stored turn lost or doubled, no zombie after 60 s',
  signal: 'SIGKILL',
  maxGapP95Ms: 3_000,
  maxExitMs: 1_000,
});

async function measure(rig: HandOverRig, scenario: Scenario, options: ProofOptions): Promise<ProofResult> {
  const count = options.short ? 12 : 200;
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
  leaving.process.kill(scenario.signal);
  await waitUntil(() => calls.every((call) => call.gapsMs.length > 0 || call.endedEarly !== ''), STORED_TIMEOUT_MS);
  const exitMs = await exited;
  const answers: string[] = [];
  await forAll(calls, async (call) => answers.push(await call.ask(CONVERSATION[2]!).catch(String)));
  await forAll(calls, (call) => call.end());
  const whole = await countWhole(rig, calls);
  return report(scenario, options, { calls, exitMs, answers, whole });
}

interface Outcome {
  calls: WatchedCall[];
  exitMs: number;
  answers: string[];
  whole: number;
}

function report(scenario: Scenario, options: ProofOptions, { calls, exitMs, answers, whole }: Outcome): ProofResult {
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
      ],
    ]),
  );
  const sound = lost === 0 && whole === calls.length && remembered === calls.length;
  return {
    value: p95,
    unit: 'ms gap p95',
    limit: `<= ${scenario.maxGapP95Ms}, 0 calls lost, every record whole, process gone in ${scenario.maxExitMs} ms`,
    pass: sound && (options.short || (p95 <= scenario.maxGapP95Ms && exitMs <= scenario.maxExitMs)),
    details: {
      calls: calls.length,
      lost,
      exitMs: round(exitMs, 0),
      remembered,
      whole,
      gapsMs: gaps.map((gap) => round(gap, 0)),
    },
  };
}

/** Conversations whose record has ended and holds each turn exactly once. */
async function countWhole(rig: HandOverRig, calls: WatchedCall[]): Promise<number> {
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
