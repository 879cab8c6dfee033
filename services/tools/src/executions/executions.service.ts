/**
 * At most once: whoever inserts the execution's row runs the tool, everybody else waits for the row's end. A run whose end
 * was never recorded (its process died) is answered with `unknown` after its deadline, and never run again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { organizationOf, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import { ArgumentChecks } from '../arguments/argument-checks.js';
import type { JsonObject } from '../arguments/json-text.js';
import { TOOLS_CONFIG, type ToolsConfig } from '../config.js';
import { ToolsEvents } from '../events.js';
import type { ToolEntity } from '../tools/tool.entity.js';
import { ToolsRepository } from '../tools/tools.repository.js';
import { expandUrl } from '../tools/url-template.js';
import { orAborted } from './abort.js';
import { ConcurrencyLimit } from './concurrency-limit.js';
import { ExecutionsRepository, type ExecutionKey, type FinishedExecution } from './executions.repository.js';
import type { ExecuteRequest } from './executions.requests.js';
import { failed, unsuccessful } from './run-result.js';
import { ToolRunner } from './tool-runner.js';

export interface ExecutionAnswer extends FinishedExecution {
  /** An earlier request ran it. */
  repeated: boolean;
}

interface Claim {
  key: ExecutionKey;
  tool: ToolEntity;
  args: JsonObject;
}

const FIRST_POLL_MS = 50;
const MAX_POLL_MS = 500;
/** Until the database is back, or a minute has passed. */
const RECORD_RETRY_DELAYS_MS = [200, ...Array.from({ length: 30 }, () => 2_000)];
/** The caller has a deadline, too: it gets the outcome although that is not recorded yet. */
const RECORD_WAIT_MS = 1_500;
const SHUTDOWN_WAIT_MS = 1_000;

@Injectable()
export class ExecutionsService implements BeforeApplicationShutdown {
  /** Settles once the end of the run is recorded, or can't be. */
  private readonly running = new Map<string, Promise<void>>();
  private readonly concurrency: ConcurrencyLimit;

  constructor(
    @Inject(TOOLS_CONFIG) config: ToolsConfig,
    private readonly database: Database,
    private readonly tools: ToolsRepository,
    private readonly executions: ExecutionsRepository,
    private readonly checks: ArgumentChecks,
    private readonly runner: ToolRunner,
    private readonly events: ToolsEvents,
  ) {
    this.concurrency = new ConcurrencyLimit(config.maxConcurrentPerOrganization);
  }

  /**
   * The first request for a key runs the tool, and its signal aborts the run. Later ones only wait.
   * @throws DomainError `not_found`; `invalid_argument` naming arguments_json or tool_call_id; `resource_exhausted`;
   *   `cancelled` or `deadline_exceeded` for a request that only waited
   */
  async execute(caller: Caller, request: ExecuteRequest, signal: AbortSignal): Promise<ExecutionAnswer> {
    const organizationId = organizationOf(caller);
    const { conversationId, toolCallId } = request;
    const key = { organizationId, conversationId, toolCallId };
    return await this.concurrency.run(organizationId, async () => {
      const claim = await this.claim(key, request);
      return claim ? await this.runClaimed(claim, signal) : await this.awaitEarlier(key, request.toolId, signal);
    });
  }

  /** The gRPC door has ended by now and took the callers' signals with it: what ran is about to be recorded as cancelled. */
  async beforeApplicationShutdown(): Promise<void> {
    const ended = Promise.allSettled(this.running.values());
    await Promise.race([ended, sleep(SHUTDOWN_WAIT_MS, undefined, { ref: false })]);
  }

  /** Undefined when an earlier request has claimed this key. Nothing is claimed for arguments that don't fit. */
  private async claim(key: ExecutionKey, request: ExecuteRequest): Promise<Claim | undefined> {
    const { organizationId } = key;
    const tool = await this.database.withTenant(organizationId, async (tx) => {
      if (await this.executions.find(tx, key)) return undefined;
      const found = await this.tools.find(tx, organizationId, request.toolId);
      if (!found) throw notFound('tool', request.toolId);
      return found;
    });
    if (!tool) return undefined;
    // Between two transactions: a connection to the database is not kept while a check waits for its turn.
    const args = await this.checks.check(tool, request.argumentsJson);
    if (tool.httpUrl !== null) expandUrl(tool.httpUrl, args);
    const claimed = await this.database.withTenant(
      organizationId,
      async (tx) => await this.executions.claim(tx, key, { toolId: tool.id, timeoutMs: tool.timeoutMs }),
    );
    return claimed ? { key, tool, args } : undefined;
  }

  private async runClaimed(claim: Claim, signal: AbortSignal): Promise<ExecutionAnswer> {
    const id = idOf(claim.key);
    const run = this.run(claim, signal);
    const recorded = run.then((finished) => this.record(claim.key, finished));
    this.running.set(id, recorded);
    void recorded.finally(() => this.running.delete(id));
    const finished = await run;
    await Promise.race([recorded, sleep(RECORD_WAIT_MS, undefined, { ref: false })]);
    return { ...finished, repeated: false };
  }

  /** Never rejects: the tool has begun, so whatever happens is its outcome. */
  private async run({ key, tool, args }: Claim, signal: AbortSignal): Promise<FinishedExecution> {
    const startedAt = performance.now();
    const idempotencyKey = `${key.conversationId}:${key.toolCallId}`;
    const { outcome, resultJson } = await this.runner.run(tool, args, { idempotencyKey, signal }).catch((error) => {
      this.events.runBroke(error, key, tool);
      return failed('The tool could not be run.', { retryable: false });
    });
    const finished = { outcome, resultJson, durationMs: Math.round(performance.now() - startedAt) };
    this.events.toolExecuted(key, tool, finished);
    return finished;
  }

  /** Never rejects: the caller gets the outcome even if it can't be stored. A repeat then hears `unknown`. */
  private async record(key: ExecutionKey, finished: FinishedExecution): Promise<void> {
    for (const delayMs of [...RECORD_RETRY_DELAYS_MS, undefined]) {
      try {
        await this.database.withTenant(
          key.organizationId,
          async (tx) => await this.executions.finish(tx, key, finished),
        );
        return;
      } catch (error) {
        if (delayMs === undefined) this.events.outcomeNotRecorded(error, key);
        else await sleep(delayMs, undefined, { ref: false });
      }
    }
  }

  private async awaitEarlier(key: ExecutionKey, toolId: string, signal: AbortSignal): Promise<ExecutionAnswer> {
    for (let delayMs = FIRST_POLL_MS; ; delayMs = Math.min(2 * delayMs, MAX_POLL_MS)) {
      const execution = await this.database.withTenant(key.organizationId, async (tx) => {
        const found = await this.executions.find(tx, key);
        if (!found?.overdue) return found;
        await this.executions.finish(tx, key, ENDED_UNKNOWN);
        return await this.executions.find(tx, key);
      });
      if (!execution) throw new DomainError('not_found', 'The execution was deleted while it was waited for.');
      if (execution.toolId !== toolId)
        throw invalidField('tool_call_id', 'was used for another tool in this conversation');
      if (execution.finished) {
        this.events.toolRepeated(key, execution.finished);
        return { ...execution.finished, repeated: true };
      }
      const here = this.running.get(idOf(key));
      await orAborted<unknown>(here ?? sleep(delayMs), signal);
    }
  }
}

const ENDED_UNKNOWN: FinishedExecution = {
  ...unsuccessful(
    'unknown',
    'The tool was started, but its end was lost. It may have taken effect. Do not assume either, and do not repeat it unasked.',
    { retryable: false },
  ),
  durationMs: 0,
};

function idOf(key: ExecutionKey): string {
  return `${key.organizationId} ${key.conversationId} ${key.toolCallId}`;
}
