/**
 * 100 calls at once through one gateway process, beside a bare relay that does the same JSON and base64 work. The two take turns in
 * one run, because machines are noisy and only ratios within a run mean something.
 */
import {
  connectCallers,
  isSound,
  MEASUREMENT_HEAD,
  measurementRow,
  measureTalk,
  type Measurement,
  type Target,
} from '../load/measurement.js';
import { startRig, type Rig } from '../load/rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { median, round } from '../statistics.js';

const FRAME_MS = 40;
const MAX_P95_MS = 20;
const MAX_CPU_RATIO = 1.3;
const WARM_UP_MS = 2_000;

export const hundredCalls: Proof = {
  name: 'hundred-calls',
  title:
    '100 concurrent calls through one gateway process: no frame lost, p95 added latency <= 20 ms, CPU per call <= 1.3 x a bare relay',
  async run(options): Promise<ProofResult> {
    const calls = options.short ? 20 : 100;
    const pairs = options.short ? 1 : 5;
    const pairMs = options.short ? 3_000 : 10_000;
    const rig = await startRig();
    try {
      const gateways: Measurement[] = [];
      const relays: Measurement[] = [];
      for (let i = 0; i < pairs; i++) {
        options.print(`pair ${i + 1} of ${pairs}: bare relay, then gateway, ${calls} calls, ${pairMs / 1000} s each`);
        relays.push(await measure(rig, 'relay', calls, pairMs));
        gateways.push(await measure(rig, 'gateway', calls, pairMs));
      }
      const longMs = options.short ? 5_000 : 60_000;
      options.print(`gateway, ${calls} calls, ${longMs / 1000} s`);
      const long = await measure(rig, 'gateway', calls, longMs);
      return report(options, { calls, gateways, relays, long, longMs });
    } finally {
      await rig.stop();
    }
  },
};

async function measure(rig: Rig, target: Target, calls: number, durationMs: number): Promise<Measurement> {
  const callers = await connectCallers(rig, target, calls, FRAME_MS);
  await callers.talk(WARM_UP_MS);
  const measured = await measureTalk(rig, target, callers, { calls, durationMs });
  await callers.end();
  return measured;
}

interface Run {
  calls: number;
  gateways: Measurement[];
  relays: Measurement[];
  long: Measurement;
  longMs: number;
}

function report(options: ProofOptions, { calls, gateways, relays, long, longMs }: Run): ProofResult {
  const pairs = gateways.flatMap((gateway, i) => [
    measurementRow(`relay ${i + 1}`, relays[i]!),
    measurementRow(`gateway ${i + 1}`, gateway),
  ]);
  options.print(table([MEASUREMENT_HEAD, ...pairs, measurementRow(`gateway ${longMs / 1000} s`, long)]));
  const ratios = gateways.map((gateway, i) => gateway.cpuPerCallPercent / relays[i]!.cpuPerCallPercent);
  const ratio = median(ratios);
  options.print(
    `CPU per call, gateway / bare relay: median ${round(ratio)} of ${ratios.map((value) => round(value)).join(', ')}`,
  );
  options.print(
    'Latency is the round trip caller - gateway - echo - gateway - caller with nothing subtracted: an upper bound of what is added.',
  );
  const sound = [...gateways, long].every(isSound);
  const fast = long.p95 <= MAX_P95_MS && ratio <= MAX_CPU_RATIO;
  return {
    value: round(long.p95),
    unit: 'ms p95 added latency',
    limit: `<= ${MAX_P95_MS}, CPU ratio <= ${MAX_CPU_RATIO}, 0 frames lost`,
    pass: sound && (options.short || fast),
    details: {
      calls,
      frameMs: FRAME_MS,
      cpuRatio: round(ratio),
      ratios: ratios.map((value) => round(value, 3)),
      gateways,
      relays,
      long,
    },
  };
}
