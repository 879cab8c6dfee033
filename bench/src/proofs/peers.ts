/**
 * OrbisVoice beside a bare relay, LiveKit Agents JS and Pipecat, in one run on one machine: the same provider over TLS, the same audio,
 * the same detector. How it is measured and how each is configured: bench/peers/README.md.
 */
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { climb, EQUAL_CALLS, type Step } from '../peers/climb.js';
import type { Contestant } from '../peers/contestant.js';
import { startLiveKit } from '../peers/livekit.js';
import { startGateway, startRelay } from '../peers/ours.js';
import { startPipecat, startPipecatPerCall } from '../peers/pipecat.js';
import { startStage, type Stage } from '../peers/stage.js';
import { round } from '../statistics.js';

const SHORT_LADDER = [1, 3];
const LIMITS = { liveKit: 50, pipecat: 12, pipecatPerCall: 30, memory: 50 };
const MB = 2 ** 20;

const contestants = {
  gateway: startGateway,
  relay: startRelay,
  liveKit: startLiveKit,
  pipecat: startPipecat,
  pipecatPerCall: startPipecatPerCall,
};
type Key = keyof typeof contestants;
type Outcomes = Record<Key, Outcome>;

interface Outcome {
  name: string;
  steps: Step[];
  /** The largest number of calls that held; undefined when not even one did. */
  carried: Step | undefined;
  /** `carried` over the cores that the agent side used for it. */
  callsPerCore: number;
  memoryPerCallBytes: number;
  /** Share of a core at ten calls. */
  equalCpuPercent: number;
  pastTheKnee: Step | undefined;
}

export const peers: Proof = {
  name: 'peers',
  title:
    'calls that one core carries: >= 50 x LiveKit Agents JS, >= 12 x Pipecat in one process, >= 30 x Pipecat per process; memory per call >= 50 x less',
  async run(options): Promise<ProofResult> {
    const stage = await startStage();
    try {
      const outcomes: Partial<Outcomes> = {};
      for (const key of Object.keys(contestants) as Key[]) outcomes[key] = await judge(stage, key, options);
      return report(options, outcomes as Outcomes);
    } finally {
      await stage.stop();
    }
  },
};

async function judge(stage: Stage, key: Key, options: ProofOptions): Promise<Outcome> {
  const contestant: Contestant = await contestants[key](stage);
  options.print(`\n${contestant.name}`);
  try {
    const steps = await climb(contestant, {
      ladder: options.short ? SHORT_LADDER : contestant.ladder,
      providerPid: stage.providerPid,
      talkMs: options.setting('talk-seconds', 8, 4) * 1000,
      firstTalkMs: options.setting('first-talk-seconds', 20, 4) * 1000,
      onStep: (step) => options.print(describe(step)),
    });
    const carried = steps.findLast((step) => step.held);
    const equal = steps.find((step) => step.calls === EQUAL_CALLS);
    return {
      name: contestant.name,
      steps,
      carried,
      callsPerCore: carried ? carried.calls / carried.cores : 0,
      memoryPerCallBytes: carried ? carried.memoryBytes / carried.calls : Number.NaN,
      equalCpuPercent: equal ? (equal.cores / equal.calls) * 100 : Number.NaN,
      pastTheKnee: steps.find((step) => step.calls > (carried?.calls ?? 0)),
    };
  } finally {
    await contestant.stop();
  }
}

function describe(step: Step): string {
  if (step.failure !== undefined) return `  ${step.calls} call(s): ${step.failure}`;
  const verdict = step.held ? 'held' : 'BROKE';
  const latency = `p50 ${round(step.p50Ms, 1)} p95 ${round(step.p95Ms, 1)} ms`;
  const lost = `${step.markersLost} of ${step.markersSent} answers lost, ${step.errors} errors`;
  const memory = `${round(step.memoryBytes / MB, 1)} MB`;
  return `  ${step.calls} call(s): ${verdict}, ${latency}, ${lost}, ${round(step.cores)} cores (callers ${round(step.callersCores)}, provider ${round(step.providerCores)}), ${memory}`;
}

function report(options: ProofOptions, outcomes: Outcomes): ProofResult {
  const { gateway, liveKit, pipecat, pipecatPerCall } = outcomes;
  const all = Object.values(outcomes);
  const head = [
    '',
    'calls held',
    'cores',
    'calls per core',
    'p95 ms at 1',
    'p95 ms',
    'MB per call',
    `CPU %/call at ${EQUAL_CALLS}`,
  ];
  options.print(`\n${table([head, ...all.map(row)])}`);
  options.print('\nPast the knee:');
  for (const { name, pastTheKnee } of all)
    options.print(`  ${name}${pastTheKnee ? `: ${describe(pastTheKnee).trim()}` : ': not reached'}`);
  const times = (other: Outcome) => gateway.callsPerCore / other.callsPerCore;
  const leastMemory = Math.min(
    ...[liveKit, pipecat, pipecatPerCall].map((each) => each.memoryPerCallBytes).filter(Number.isFinite),
  );
  const ratios = {
    liveKit: times(liveKit),
    pipecat: times(pipecat),
    pipecatPerCall: times(pipecatPerCall),
    memory: leastMemory / gateway.memoryPerCallBytes,
  };
  options.print(
    `\nTimes as many calls per core: LiveKit ${round(ratios.liveKit, 1)}, Pipecat ${round(ratios.pipecat, 1)}, ` +
      `Pipecat per process ${round(ratios.pipecatPerCall, 1)}. Times less memory per call than the best of them: ${round(ratios.memory, 1)}`,
  );
  const reached = (Object.keys(LIMITS) as (keyof typeof LIMITS)[]).every((key) => ratios[key] >= LIMITS[key]);
  const answered = all.every(({ steps }) => steps.every(isAnswered));
  return {
    value: round(ratios.liveKit, 1),
    unit: 'times the calls per core of LiveKit Agents JS',
    limit: `>= ${LIMITS.liveKit}; Pipecat >= ${LIMITS.pipecat}, per process >= ${LIMITS.pipecatPerCall}, memory >= ${LIMITS.memory}`,
    pass: options.short ? answered : reached,
    details: { limits: LIMITS, ratios, outcomes },
  };
}

function row(outcome: Outcome): (string | number)[] {
  const { name, steps, carried, callsPerCore, memoryPerCallBytes, equalCpuPercent } = outcome;
  return [
    name,
    carried?.calls ?? 0,
    carried ? round(carried.cores) : '',
    round(callsPerCore, 1),
    round(steps[0]?.p95Ms ?? Number.NaN, 1),
    carried ? round(carried.p95Ms, 1) : '',
    round(memoryPerCallBytes / MB),
    round(equalCpuPercent, 2),
  ];
}

/** The short form looks at behaviour only: every answer came. */
function isAnswered(step: Step): boolean {
  return step.failure === undefined && step.markersSent > 0 && step.markersLost === 0 && step.errors === 0;
}
