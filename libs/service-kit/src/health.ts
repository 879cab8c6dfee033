/**
 * What `/readyz` and `/health` report. A service is ready once it has reached everything that it needs to start, and stays ready until
 * it stops: its replicas share what is behind them, so taking one after the other out of traffic would add an outage to an outage.
 */
export interface HealthCheck {
  /** A dependency, such as "postgres" or "accounts". */
  name: string;
  /** Resolves when all is well; rejects with a sentence when not. */
  check(): Promise<void>;
  /** True: no traffic before the check has succeeded once. Afterwards a failure is reported, no more. Default true. */
  neededToStart?: boolean;
}

export interface HealthReport {
  /** `degraded`: ready, but something is away. */
  status: 'ok' | 'degraded' | 'unavailable';
  checks: Record<string, { status: 'ok' | 'failed'; detail?: string }>;
}

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
      checks[check.name] = problem === undefined ? { status: 'ok' } : { status: 'failed', detail: problem };
      if (problem === undefined) continue;
      if (check.keepsOutOfTraffic) status = 'unavailable';
      else if (status === 'ok') status = 'degraded';
    }
    if (this.stopping) checks['stopping'] = { status: 'failed', detail: 'the service is stopping' };
    return { status, checks };
  }

  /** Whether each dependency answers, by name. */
  async dependencies(): Promise<Map<string, boolean>> {
    const found = this.checks.map(async (check) => [check.name, (await check.problem()) === undefined] as const);
    return new Map(await Promise.all(found));
  }
}

/** A check that remembers its last answer, and whether it has ever succeeded. */
class WatchedCheck {
  private last: { at: number; problem: Promise<string | undefined> } | undefined;
  private seen = false;

  constructor(
    private readonly check: HealthCheck,
    private readonly now: () => number,
  ) {}

  get name(): string {
    return this.check.name;
  }

  get keepsOutOfTraffic(): boolean {
    return this.check.neededToStart !== false && !this.seen;
  }

  /** A sentence; undefined when all is well. */
  problem(): Promise<string | undefined> {
    const now = this.now();
    if (!this.last || now - this.last.at > REUSE_MS) this.last = { at: now, problem: this.ask() };
    return this.last.problem;
  }

  private async ask(): Promise<string | undefined> {
    const problem = await problemOf(this.check);
    if (problem === undefined) this.seen = true;
    return problem;
  }
}

async function problemOf(check: HealthCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
    });
    await Promise.race([check.check(), timeout]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}
