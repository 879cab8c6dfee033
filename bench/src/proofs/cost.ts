/** What a call costs as calls grow, and K: how many one gateway process carries before its event loop falls behind. */
import {
  connectCallers,
  isSound,
  MEASUREMENT_HEAD,
  measurementRow,
  measureTalk,
  type Measurement,
} from '../load/measurement.js';
import { usageOf } from '../load/process-usage.js';
import { startRig } from '../load/rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const FRAME_MS = 100;
const STEPS = [50, 100, 200, 500, 1_000, 1_250, 1_500, 1_750, 2_000];
const SHORT_STEPS = [10, 30];
const MAX_LAG_P99_MS = 50;
/** The smallest K that the default limits of a gateway rest on. */
const MIN_K = 1_000;

interface Step {
  calls: number;
  measured: Measurement;
  memoryPerCallKb: number;
}

export const cost: Proof = {
  name: 'cost',
  title:
    'CPU and memory per call at 50 to 1,000 calls, and K: the last step with event loop lag p99 <= 50 ms, >= 1,000',
  async run(options): Promise<ProofResult> {
    const most = options.setting('calls', Infinity, Infinity);
    const durationMs = options.setting('seconds', 15, 3) * 1000;
    const steps: Step[] = [];
    for (const calls of (options.short ? SHORT_STEPS : STEPS).filter((each) => each <= most)) {
      const step = await measureStep(calls, durationMs, options);
      steps.push(step);
      options.print(`${calls} calls: loop lag p99 ${round(step.measured.lagP99Ms!)} ms`);
      if (!options.short && isBeyondKnee(step.measured)) break;
    }
    return report(options, steps);
  },
};

/** Each with processes of its own, so that the memory of one step is not the garbage of the step before. */
async function measureStep(calls: number, durationMs: number, options: ProofOptions): Promise<Step> {
  const rig = await startRig({ provider: 'light' });
  try {
    const { rssBytes } = await usageOf(rig.gateway.pid);
    const callers = await connectCallers(rig, 'gateway', calls, FRAME_MS);
    await callers.talk(options.setting('warm-up', 5, 1) * 1000);
    const measured = await measureTalk(rig, 'gateway', callers, { calls, durationMs });
    await callers.end();
    return { calls, measured, memoryPerCallKb: (measured.rssMb * 2 ** 20 - rssBytes) / calls / 1000 };
  } finally {
    await rig.stop();
  }
}

function isBeyondKnee(m: Measurement): boolean {
  return m.lagP99Ms! > MAX_LAG_P99_MS || !isSound(m);
}

function report(options: ProofOptions, steps: Step[]): ProofResult {
  const rows = steps.map(({ calls, measured, memoryPerCallKb }) => [
    ...measurementRow(`${calls} calls`, measured),
    round(memoryPerCallKb, 0),
  ]);
  options.print(table([[...MEASUREMENT_HEAD, 'kB/call'], ...rows]));
  const knee = steps.findIndex(({ measured }) => isBeyondKnee(measured));
  const k = (knee < 0 ? steps.at(-1) : steps[knee - 1])?.calls ?? 0;
  options.print(
    knee < 0
      ? `K >= ${k}: no step went beyond the knee`
      : `K = ${k}: at ${steps[knee]!.calls} calls the loop lag is ${round(steps[knee]!.measured.lagP99Ms!)} ms`,
  );
  return {
    value: k,
    unit: 'calls (K)',
    limit: `>= ${MIN_K} calls with loop lag p99 <= ${MAX_LAG_P99_MS} ms and 0 frames lost`,
    pass: options.short ? steps.every(({ measured }) => isSound(measured)) : k >= MIN_K,
    details: { frameMs: FRAME_MS, kneeReached: knee >= 0, steps },
  };
}
