/** What `/readyz` and `/health` report. A check is a named question with a short answer time. */
export interface HealthCheck {
  name: string;
  /** Resolves when all is well; rejects with a sentence when not. */
  check(): Promise<void>;
  /** False: it is reported, but does not take the service out of traffic. Default true. */
  critical?: boolean;
}

export interface HealthReport {
  status: 'ok' | 'degraded' | 'unavailable';
  checks: Record<string, { status: 'ok' | 'failed'; detail?: string }>;
}

const CHECK_TIMEOUT_MS = 2_000;

export class Health {
  private readonly checks: HealthCheck[] = [];
  private stopping = false;
  readonly startedAt = new Date();

  add(check: HealthCheck): void {
    this.checks.push(check);
  }

  /** From now on the service is not ready: it is about to stop. */
  stop(): void {
    this.stopping = true;
  }

  async report(): Promise<HealthReport> {
    const results = await Promise.all(this.checks.map(async (check) => ({ check, detail: await failureOf(check) })));
    const checks: HealthReport['checks'] = {};
    let status: HealthReport['status'] = this.stopping ? 'unavailable' : 'ok';
    for (const { check, detail } of results) {
      checks[check.name] = detail === undefined ? { status: 'ok' } : { status: 'failed', detail };
      if (detail === undefined) continue;
      if (check.critical !== false) status = 'unavailable';
      else if (status === 'ok') status = 'degraded';
    }
    if (this.stopping) checks['stopping'] = { status: 'failed', detail: 'the service is stopping' };
    return { status, checks };
  }
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
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
