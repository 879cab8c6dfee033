/** Raises the number of calls of a contestant until it breaks. */
import { percentile } from '../statistics.js';
import { startCallers, type CallerProcess } from './caller-process.js';
import type { Contestant } from './contestant.js';
import { cpuOf, memoryOf } from './program.js';

export const EQUAL_CALLS = 10;
const MAX_P95_RISE_MS = 20;
/** Prewarmed processes are replaced while calls begin; that is not the cost of a call. */
const SETTLE_MS = 5_000;

export interface Step {
  calls: number;
  p50Ms: number;
  p95Ms: number;
  markersSent: number;
  markersLost: number;
  receivedShare: number;
  errors: number;
  /** Why the callers could not be put through, if so. */
  failure?: string;
  /** Of the agent side, 1 = a whole core. */
  cores: number;
  callersCores: number;
  /** A provider near 1 is the limit, and not the contestant. */
  providerCores: number;
  /** What the agent side holds more than without calls, in bytes (PSS). */
  memoryBytes: number;
  held: boolean;
}

export interface ClimbOptions {
  ladder: number[];
  providerPid: number;
  talkMs: number;
  /** At one call there is one marker a second, so it takes longer. */
  firstTalkMs: number;
  onStep(step: Step): void;
}

export async function climb(contestant: Contestant, options: ClimbOptions): Promise<Step[]> {
  const callers = startCallers();
  const steps: Step[] = [];
  try {
    await sleep(SETTLE_MS);
    const idleBytes = await memoryOf(contestant.pids());
    let connected = 0;
    for (const calls of options.ladder) {
      const [last, beforeLast] = steps.toReversed();
      // A machine has hiccups: a knee is two numbers in a row that broke. Beyond it only the cost at equal N is of interest.
      const broken = last !== undefined && beforeLast !== undefined && !last.held && !beforeLast.held;
      if (broken && (calls !== EQUAL_CALLS || connected >= EQUAL_CALLS)) continue;
      const step = await measure(contestant, callers, {
        ...options,
        calls,
        added: calls - connected,
        idleBytes,
        first: steps[0],
      });
      connected = calls;
      steps.push(step);
      options.onStep(step);
      if (step.failure !== undefined) break;
    }
    return steps;
  } finally {
    await callers.stop();
  }
}

interface Attempt extends ClimbOptions {
  calls: number;
  added: number;
  idleBytes: number;
  first: Step | undefined;
}

async function measure(contestant: Contestant, callers: CallerProcess, attempt: Attempt): Promise<Step> {
  const { calls, added, first } = attempt;
  const nothing = { p50Ms: NaN, p95Ms: NaN, markersSent: 0, markersLost: 0, receivedShare: 0, errors: 0 };
  try {
    if (added > 0) {
      const admitted = await contestant.admit(added);
      const { unanswered } = await callers.connect({ transport: contestant.transport, calls: added, ...admitted });
      if (unanswered > 0) throw new Error(`${unanswered} of ${calls} calls were never answered`);
    }
  } catch (error) {
    const failure = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    return {
      calls,
      ...nothing,
      failure,
      cores: NaN,
      callersCores: NaN,
      providerCores: NaN,
      memoryBytes: NaN,
      held: false,
    };
  }
  await sleep(SETTLE_MS);
  const cores = await coresDuring([contestant.pids(), [callers.pid], [attempt.providerPid]], () =>
    callers.talk(first === undefined ? attempt.firstTalkMs : attempt.talkMs),
  );
  const { latenciesMs, markersSent, markersLost, receivedShare, errors } = cores.result;
  const p95Ms = percentile(latenciesMs, 0.95);
  const sound = markersSent > 0 && markersLost === 0 && errors.length === 0;
  return {
    calls,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms,
    markersSent,
    markersLost,
    receivedShare,
    errors: errors.length,
    cores: cores.used[0]!,
    callersCores: cores.used[1]!,
    providerCores: cores.used[2]!,
    memoryBytes: (await memoryOf(contestant.pids())) - attempt.idleBytes,
    held: sound && p95Ms <= (first?.p95Ms ?? p95Ms) + MAX_P95_RISE_MS,
  };
}

/** Processor time of each group of process trees while something runs, in cores. */
async function coresDuring<Result>(
  groups: number[][],
  run: () => Promise<Result>,
): Promise<{ result: Result; used: number[] }> {
  const before = await Promise.all(groups.map(cpuOf));
  const startedAt = performance.now();
  const result = await run();
  const elapsedMs = performance.now() - startedAt;
  const after = await Promise.all(groups.map(cpuOf));
  const used = after.map((each, i) => {
    let sumMs = 0;
    for (const [pid, cpuMs] of each) sumMs += cpuMs - (before[i]!.get(pid) ?? 0);
    return sumMs / elapsedMs;
  });
  return { result, used };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
