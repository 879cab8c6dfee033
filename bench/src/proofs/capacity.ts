/**
 * How many calls one gateway process carries. Callers and provider are on the same two cores and are as light as we could make them: the
 * provider's answers are canned (light-provider-process). What the gateway waited for a processor is shown as its run queue share.
 */
import {
  connectCallers,
  isSound,
  MEASUREMENT_HEAD,
  measurementRow,
  measureTalk,
  type Measurement,
} from '../load/measurement.js';
import { startRig } from '../load/rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const FRAME_MS = 100;
const MAX_P95_MS = 20;
const MAX_P99_MS = 50;

export const capacity: Proof = {
  name: 'capacity',
  title: '1,000 calls in one gateway process at 100 ms frames: no frame lost, added latency p95 <= 20 ms, p99 <= 50 ms',
  async run(options): Promise<ProofResult> {
    const calls = options.setting('calls', 1_000, 50);
    const durationMs = options.setting('seconds', 60, 5) * 1000;
    const rig = await startRig({ provider: 'light' });
    try {
      options.print(`connecting ${calls} calls`);
      const callers = await connectCallers(rig, 'gateway', calls, FRAME_MS);
      await callers.talk(options.setting('warm-up', 10, 1) * 1000);
      options.print(`${calls} calls talk for ${durationMs / 1000} s`);
      const measured = await measureTalk(rig, 'gateway', callers, { calls, durationMs });
      await callers.end();
      return report(options, calls, measured);
    } finally {
      await rig.stop();
    }
  },
};

function report(options: ProofOptions, calls: number, measured: Measurement): ProofResult {
  options.print(table([MEASUREMENT_HEAD, measurementRow(`${calls} calls`, measured)]));
  options.print(
    'Latency is the round trip caller - gateway - provider - gateway - caller, nothing subtracted: an upper bound of what is added.',
  );
  const fast = measured.p95 <= MAX_P95_MS && measured.p99 <= MAX_P99_MS;
  return {
    value: round(measured.p95),
    unit: `ms p95 added latency at ${calls} calls`,
    limit: `p95 <= ${MAX_P95_MS}, p99 <= ${MAX_P99_MS}, 0 frames lost`,
    pass: isSound(measured) && (options.short || fast),
    details: { calls, frameMs: FRAME_MS, provider: 'canned answers', ...measured },
  };
}
