/**
 * What `/readyz` and `/health` report. A service is ready once it has reached everything that it needs to start, and stays ready until
 * it stops: its replicas share what is behind them, so taking one after the other out of traffic would add an outage to an outage.
 */
import { RefusedCredentialsError } from './refused-credentials.js';

export interface HealthCheck {
  /** A dependency, such as "postgres" or "accounts". */
  name: string;
  /** Resolves when all is well; rejects with a sentence when not. */
  check(): Promise<void>;
  /**
   * True: no traffic before the check has succeeded once. Afterwards a failure is reported, no more. Default true. Credentials that were
   * refused from the start keep out of traffic either way, so that a rollout with a wrong Secret stops at its first pod.
   */
  neededToStart?: boolean;
}

export interface HealthReport {
  /** `degraded`: ready, but something is away. */
  status: 'ok' | 'degraded' | 'unavailable';
  checks: Record<string, { status: 'ok' | 'failed'; detail?: string }>;
}

/** `refused`: it answers, and takes our credentials for wrong. */
export type DependencyState = 'ok' | 'refused' | 'failed';

const CHECK_TIMEOUT_MS = 2_000;
/** However often it is asked, a dependency hears of it once in this time. */
const REUSE_MS = 1_000;

export class Health {
  private readonly checks: WatchedCheck[] = [];
  private stopping = false;
  readonly startedAt = new Date();

  constructor(private readonly now: () => number = () => performance.now()) {}

  add(check: HealthCheck): void {
    this.checks.push(new WatchedCheck(check, this.now));
  }

  /** From now on the service is not ready: it is about to stop. */
  stop(): void {
    this.stopping = true;
  }

  async report(): Promise<HealthReport> {
    const results = await Promise.all(this.checks.map(async (check) => ({ check, problem: await check.problem() })));
    const checks: HealthReport['checks'] = {};
    let status: HealthReport['status'] = this.stopping ? 'unavailable' : 'ok';
    for (const { check, problem } of results) {
      checks[check.name] = problem === undefined ? { status: 'ok' } : { status: 'failed', detail: problem.message };
      if (problem === undefined) continue;
      if (check.keepsOutOfTraffic(problem)) status = 'unavailable';
      else if (status === 'ok') status = 'degraded';
    }
    if (this.stopping) checks['stopping'] = { status: 'failed', detail: 'the service is stopping' };
    return { status, checks };
  }

  /** How it is with each dependency, by name. */
  async dependencies(): Promise<Map<string, DependencyState>> {
    const found = this.checks.map(async (check) => [check.name, stateOf(await check.problem())] as const);
    return new Map(await Promise.all(found));
  }
}

function stateOf(problem: Error | undefined): DependencyState {
  if (problem === undefined) return 'ok';
  return problem instanceof RefusedCredentialsError ? 'refused' : 'failed';
}

/** A check that remembers its last answer, and whether it has ever succeeded. */
class WatchedCheck {
  private last: { at: number; problem: Promise<Error | undefined> } | undefined;
  private seen = false;

  constructor(
    private readonly check: HealthCheck,
    private readonly now: () => number,
  ) {}

  get name(): string {
    return this.check.name;
  }

  keepsOutOfTraffic(problem: Error): boolean {
    return !this.seen && (this.check.neededToStart !== false || problem instanceof RefusedCredentialsError);
  }

  /** Undefined when all is well. */
  problem(): Promise<Error | undefined> {
    const now = this.now();
    if (!this.last || now - this.last.at > REUSE_MS) this.last = { at: now, problem: this.ask() };
    return this.last.problem;
  }

  private async ask(): Promise<Error | undefined> {
    const problem = await problemOf(this.check);
    if (problem === undefined) this.seen = true;
    return problem;
  }
}

async function problemOf(check: HealthCheck): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
    });
    await Promise.race([check.check(), timeout]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}
