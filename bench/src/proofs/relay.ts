/**
 * What a gateway costs beside the least that a relay can cost. Both hold their calls all the time and take turns with the load, in an
 * order that favours neither, after a warm-up of both: compilers and heaps have settled by then, and a noisy machine is as noisy to both.
 */
import type { Callers } from '../load/callers.js';
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
const MAX_RATIO = 1.2;

export const relay: Proof = {
  name: 'relay',
  title: 'CPU per call of the gateway against a bare relay that does the same JSON and base64 work: <= 1.2',
  async run(options): Promise<ProofResult> {
    const rig = await startRig({ provider: 'light' });
    try {
      return await measurePairs(rig, options);
    } finally {
      await rig.stop();
    }
  },
};

async function measurePairs(rig: Rig, options: ProofOptions): Promise<ProofResult> {
  const calls = options.setting('calls', 100, 10);
  const pairs = options.setting('pairs', 7, 1);
  const durationMs = options.setting('seconds', 8, 3) * 1000;
  // While the one is measured the other's callers are silent. When they begin again, all at once, so do as many turns.
  const beginMs = options.setting('begin', 3, 1) * 1000;
  const warmUpMs = options.setting('warm-up', 10, 1) * 1000;
  const callers: Record<Target, Callers> = {
    relay: await connectCallers(rig, 'relay', calls, FRAME_MS),
    gateway: await connectCallers(rig, 'gateway', calls, FRAME_MS),
  };
  options.print(`${calls} calls on each, ${FRAME_MS} ms frames; warming up both`);
  for (const target of ['relay', 'gateway'] as const) await callers[target].talk(warmUpMs);
  const measured: Record<Target, Measurement[]> = { relay: [], gateway: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const order: Target[] = pair % 2 === 0 ? ['relay', 'gateway'] : ['gateway', 'relay'];
    for (const target of order) {
      await callers[target].talk(beginMs);
      measured[target].push(await measureTalk(rig, target, callers[target], { calls, durationMs }));
    }
  }
  await Promise.all([callers.relay.end(), callers.gateway.end()]);
  return report(options, calls, measured);
}

function report(options: ProofOptions, calls: number, { relay: relays, gateway }: Record<Target, Measurement[]>) {
  const rows = gateway.flatMap((m, i) => [
    measurementRow(`relay ${i + 1}`, relays[i]!),
    measurementRow(`gateway ${i + 1}`, m),
  ]);
  options.print(table([MEASUREMENT_HEAD, ...rows]));
  const ratios = gateway.map((m, i) => m.cpuPerCallPercent / relays[i]!.cpuPerCallPercent);
  const ratio = round(median(ratios), 3);
  options.print(`CPU per call, gateway / relay: median ${ratio} of ${ratios.map((each) => round(each)).join(', ')}`);
  return {
    value: ratio,
    unit: 'x CPU per call of a bare relay',
    limit: `<= ${MAX_RATIO}, 0 frames lost`,
    pass: [...gateway, ...relays].every(isSound) && (options.short || ratio <= MAX_RATIO),
    details: { calls, frameMs: FRAME_MS, ratios: ratios.map((each) => round(each, 3)), gateway, relay: relays },
  };
}
