/**
 * A tenth of the callers stops reading and goes on talking. They lose audio and are told; what the others notice of it is compared with
 * what they had just before, in the same run.
 */
import type { Callers } from '../load/callers.js';
import { connectCallers, isSound, measureTalk, type Measurement } from '../load/measurement.js';
import { startRig, type Rig } from '../load/rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { median, round } from '../statistics.js';

const FRAME_MS = 100;
const MAX_RATIO = 1.5;
const MAX_MORE_MS = 5;
const TOLD = /read too slowly/;

interface Round {
  before: Measurement;
  during: Measurement;
  /** Of the slow ones: how many have been told that they lose audio. */
  told: number;
  /** Of the slow ones: how many go on afterwards as if nothing had been. */
  recovered: boolean;
}

export const slowReaders: Proof = {
  name: 'slow-readers',
  title:
    '20 of 200 callers stop reading: p99 of the others at most 1.5 times, or 5 ms above, what it was (median of 3)',
  async run(options): Promise<ProofResult> {
    const calls = options.setting('calls', 200, 20);
    const slow = Math.ceil(calls / 10);
    const rounds: Round[] = [];
    for (let i = 0; i < options.setting('rounds', 3, 1); i++) {
      const rig = await startRig({ provider: 'light' });
      try {
        rounds.push(await measureRound(rig, calls, slow, options));
      } finally {
        await rig.stop();
      }
    }
    return report(options, calls, slow, rounds);
  },
};

async function measureRound(rig: Rig, calls: number, slow: number, options: ProofOptions): Promise<Round> {
  const beforeMs = options.setting('before', 15, 2) * 1000;
  // Long enough that the kernel's buffers and the gateway's own are full: only then audio is dropped.
  const duringMs = options.setting('during', 40, 38) * 1000;
  options.print(`${calls} calls; after ${beforeMs / 1000} s, ${slow} of them stop reading for ${duringMs / 1000} s`);
  const callers: Callers = await connectCallers(rig, 'gateway', calls, FRAME_MS);
  await callers.talk(options.setting('warm-up', 5, 1) * 1000);
  const before = await measureTalk(rig, 'gateway', callers, { calls, durationMs: beforeMs });
  callers.stopReading(slow);
  const during = await measureTalk(rig, 'gateway', callers, { calls: calls - slow, durationMs: duringMs });
  const errors = await callers.readAgain();
  const told = errors.filter((each) => each.some((message) => TOLD.test(message))).length;
  const after = await measureTalk(rig, 'gateway', callers, { calls, durationMs: 2_000 });
  await callers.end();
  return { before, during, told, recovered: isSound(after) };
}

function report(options: ProofOptions, calls: number, slow: number, rounds: Round[]): ProofResult {
  const head = ['p99 before ms', 'p99 during ms', 'others lost', 'slow ones told', 'go on afterwards', 'RSS MB'];
  const rows = rounds.map(({ before, during, told, recovered }) => [
    round(before.p99),
    round(during.p99),
    during.framesLost,
    `${told} of ${slow}`,
    recovered ? 'all' : 'not all',
    `${round(before.rssMb, 0)} -> ${round(during.rssMb, 0)}`,
  ]);
  options.print(table([head, ...rows]));
  const before = median(rounds.map((each) => each.before.p99));
  const during = median(rounds.map((each) => each.during.p99));
  const sound = rounds.every(
    (each) => isSound(each.before) && isSound(each.during) && each.told === slow && each.recovered,
  );
  return {
    value: round(during),
    unit: 'ms p99 of the others while some do not read',
    limit: `<= ${round(Math.max(before * MAX_RATIO, before + MAX_MORE_MS))} (from ${round(before)}), 0 frames of theirs lost, slow ones told`,
    pass: sound && (options.short || during <= Math.max(before * MAX_RATIO, before + MAX_MORE_MS)),
    details: { calls, slow, frameMs: FRAME_MS, rounds },
  };
}
