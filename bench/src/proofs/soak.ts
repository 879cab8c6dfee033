/** Fifty people talk for half an hour, and the gateway is at the end what it was after it had warmed up. */
import { readdir } from 'node:fs/promises';
import { converse, printExamples, type ConversationOutcome } from '../load/conversations.js';
import { startHandOverRig, type HandOverRig } from '../load/hand-over-rig.js';
import { usageOf } from '../load/process-usage.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { median, round, slope } from '../statistics.js';

/** As the provider's own: ten minutes, announced 50 s before. */
const LIFETIME_MS = 600_000;
const ANNOUNCED_MS = 50_000;
const MAX_MB_PER_MINUTE = 1;
/** Of the time, at its beginning: heaps and compilers have not settled yet. */
const WARM_UP_SHARE = 0.3;
/** Descriptors and handles may be this many more at the end: a connection that is being replaced is there twice. */
const MAX_MORE_HANDLES = 5;

interface Sample {
  minute: number;
  rssMb: number;
  descriptors: number;
  handles: number;
}

export const soak: Proof = {
  name: 'soak',
  title: '50 spoken calls for 30 min: RSS grows less than 1 MB/min after warm-up, handles stay, nothing is lost',
  async run(options): Promise<ProofResult> {
    const calls = options.setting('calls', 50, 5);
    const durationMs = options.setting('seconds', 1_800, 20) * 1000;
    const rig = await startHandOverRig({
      provider: { LIFETIME_MS: String(LIFETIME_MS), ANNOUNCED_MS: String(ANNOUNCED_MS) },
    });
    try {
      options.print(`${calls} calls speak for ${durationMs / 1000} s`);
      const samples: Sample[] = [];
      const everyMs = options.short ? 1_000 : 10_000;
      const startedAt = performance.now();
      const timer = setInterval(() => void sample(rig, startedAt).then((each) => samples.push(each)), everyMs);
      const talking = converse(rig, calls, { stop: AbortSignal.timeout(durationMs) });
      setTimeout(() => clearInterval(timer), durationMs - everyMs / 2);
      const outcome = await talking;
      clearInterval(timer);
      return report(options, calls, outcome, samples);
    } finally {
      await rig.stop();
    }
  },
};

async function sample({ fleet }: HandOverRig, startedAt: number): Promise<Sample> {
  const { pid } = fleet.first;
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  const handles = await fleet.first.ask<string[]>('resources');
  const { rssBytes } = await usageOf(pid);
  return {
    minute: (performance.now() - startedAt) / 60_000,
    rssMb: rssBytes / 1e6,
    descriptors,
    // Timers come and go with what is being said.
    handles: handles.filter((name) => name !== 'Timeout').length,
  };
}

function report(options: ProofOptions, calls: number, outcome: ConversationOutcome, samples: Sample[]): ProofResult {
  const settled = samples.slice(Math.ceil(samples.length * WARM_UP_SHARE));
  const mbPerMinute = slope(settled.map(({ minute, rssMb }) => [minute, rssMb]));
  const fifth = Math.ceil(settled.length / 5);
  const grown = (of: (each: Sample) => number) =>
    median(settled.slice(-fifth).map(of)) - median(settled.slice(0, fifth).map(of));
  const moreHandles = Math.max(
    grown(({ handles }) => handles),
    grown(({ descriptors }) => descriptors),
  );
  const every = Math.ceil(settled.length / 12);
  const rows = settled
    .filter((_, i) => i % every === 0)
    .map((each) => [round(each.minute, 1), round(each.rssMb, 1), each.descriptors, each.handles]);
  options.print(table([['minute', 'RSS MB', 'descriptors', 'handles'], ...rows]));
  const { exchanges, lost, wordsMissing, wordsExtra } = outcome;
  options.print(`${exchanges} exchanges, ${lost} calls lost, ${wordsMissing} words missing, ${wordsExtra} extra`);
  printExamples(outcome, options.print);
  const sound = lost === 0 && wordsMissing === 0 && wordsExtra === 0 && exchanges > 0;
  const flat = mbPerMinute < MAX_MB_PER_MINUTE && moreHandles <= MAX_MORE_HANDLES;
  return {
    value: round(mbPerMinute),
    unit: 'MB RSS per minute',
    limit: `< ${MAX_MB_PER_MINUTE}, handles <= ${MAX_MORE_HANDLES} more at the end, 0 words lost or doubled`,
    pass: sound && (options.short || flat),
    details: { calls, ...outcome, moreHandles, samples: samples.filter((_, i) => i % every === 0) },
  };
}
