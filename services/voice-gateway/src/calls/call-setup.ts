/** Where the time goes until a call is on and its agent is heard: a clock for each new call, and the stages of all as a histogram. */
import { Histogram, type Registry } from 'prom-client';

/**
 * In their order; each begins where the one before ends, the first with `call.start`. `agent` includes its tools and the place for the
 * call; `first_audio` is that of a greeting, because without one it is the caller who lets the agent wait.
 */
export const SETUP_STAGES = ['token', 'agent', 'provider_connect', 'provider_ready', 'first_audio'] as const;
export type SetupStage = (typeof SETUP_STAGES)[number];
/** Once this is over, the client is sent call.started. */
export const CALL_IS_ON: SetupStage = 'provider_ready';

export interface PassedStage {
  stage: SetupStage;
  durationMs: number;
  /** From `call.start`. */
  elapsedMs: number;
}

export class CallSetup {
  private readonly startedAt: number;
  private stageSince: number;
  private stagesPassed = 0;

  /** `now`: any clock in ms that does not go back. */
  constructor(
    private readonly onStage: (passed: PassedStage) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedAt = now();
    this.stageSince = this.startedAt;
  }

  /** The stage is over. One that has been passed is not told again: a connection that is replaced is no set-up. */
  passed(stage: SetupStage): void {
    const index = SETUP_STAGES.indexOf(stage);
    if (index < this.stagesPassed) return;
    this.stagesPassed = index + 1;
    const now = this.now();
    this.onStage({ stage, durationMs: now - this.stageSince, elapsedMs: now - this.startedAt });
    this.stageSince = now;
  }
}

export class CallSetupMetrics {
  private readonly total: Histogram;
  private readonly stages: Histogram<'stage'>;

  constructor(registry: Registry) {
    const histogram = (name: string, help: string, labelNames: 'stage'[]) =>
      new Histogram({
        name: `orbisvoice_gateway_call_setup_${name}_seconds`,
        help,
        labelNames,
        buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10],
        registers: [registry],
      });
    this.total = histogram('duration', 'From call.start to call.started', []);
    this.stages = histogram('stage_duration', "Stages from call.start to a greeting's first audio", ['stage']);
    for (const stage of SETUP_STAGES) this.stages.zero({ stage });
  }

  stagePassed({ stage, durationMs, elapsedMs }: PassedStage): void {
    this.stages.observe({ stage }, durationMs / 1000);
    if (stage === CALL_IS_ON) this.total.observe(elapsedMs / 1000);
  }
}
