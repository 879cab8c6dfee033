/** The provider ends each of its connections every 20 s, and nobody who talks over them loses a word. */
import { converse, printExamples, type ConversationOutcome } from '../load/conversations.js';
import { startHandOverRig } from '../load/hand-over-rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { percentile, round } from '../statistics.js';

const LIFETIME_MS = 20_000;
const SHORT_LIFETIME_MS = 8_000;
const ANNOUNCED_MS = 4_000;
const MAX_GAP_P95_MS = 800;

interface Rotation {
  reason: string;
  gapMs: number;
  fresh: boolean;
  lostMs: number;
}

export const rotation: Proof = {
  name: 'rotation',
  title:
    'Provider rotation every 20 s for 10 min, 50 spoken calls: 0 calls lost, 0 words lost or doubled, gap p95 <= 800 ms',
  async run(options): Promise<ProofResult> {
    const calls = options.setting('calls', 50, 5);
    const durationMs = options.setting('seconds', 600, 20) * 1000;
    const lifetimeMs = options.setting('lifetime', LIFETIME_MS, SHORT_LIFETIME_MS);
    const rig = await startHandOverRig({
      provider: { LIFETIME_MS: String(lifetimeMs), ANNOUNCED_MS: String(ANNOUNCED_MS) },
      gateway: { LOG_LEVEL: 'info', WATCH_LOG: 'true' },
    });
    try {
      options.print(
        `${calls} calls speak for ${durationMs / 1000} s; a provider connection lives ${lifetimeMs / 1000} s`,
      );
      const outcome = await converse(rig, calls, { stop: AbortSignal.timeout(durationMs) });
      const rotations = await rig.fleet.first.ask<Rotation[]>('reattachments');
      return report(options, calls, outcome, rotations, (calls * durationMs) / lifetimeMs);
    } finally {
      await rig.stop();
    }
  },
};

function report(
  options: ProofOptions,
  calls: number,
  outcome: ConversationOutcome,
  rotations: Rotation[],
  expected: number,
): ProofResult {
  const gaps = rotations.map(({ gapMs }) => gapMs);
  const p95 = percentile(gaps, 0.95);
  const head = [
    'calls',
    'lost',
    'exchanges',
    'words',
    'missing',
    'extra',
    'rotations',
    'gap p50',
    'gap p95',
    'gap max',
  ];
  const { lost, exchanges, words, wordsMissing, wordsExtra } = outcome;
  const row = [calls, lost, exchanges, words, wordsMissing, wordsExtra, rotations.length];
  options.print(
    table([head, [...row, ...[percentile(gaps, 0.5), p95, percentile(gaps, 1)].map((gap) => round(gap, 0))]]),
  );
  printExamples(outcome, options.print);
  const sound = lost === 0 && wordsMissing === 0 && wordsExtra === 0 && rotations.length >= expected * 0.8;
  const reasons = Object.groupBy(rotations, ({ reason, fresh }) => `${reason}${fresh ? ', fresh session' : ''}`);
  return {
    value: round(p95, 0),
    unit: 'ms gap p95',
    limit: `<= ${MAX_GAP_P95_MS}, 0 calls lost, 0 words lost or doubled`,
    pass: sound && (options.short || p95 <= MAX_GAP_P95_MS),
    details: {
      ...outcome,
      calls,
      rotations: Object.fromEntries(Object.entries(reasons).map(([reason, all]) => [reason, all!.length])),
      lostAudioMs: round(
        rotations.reduce((sum, { lostMs }) => sum + (lostMs ?? 0), 0),
        0,
      ),
      gapP50Ms: percentile(gaps, 0.5),
      gapMaxMs: percentile(gaps, 1),
    },
  };
}
