/**
 * What happens to tools and their runs: one method per business event, counter and log line together. Ids and kinds only:
 * arguments and results are personal data.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Histogram, Registry } from 'prom-client';
import type { ExecutionKey, FinishedExecution } from './executions/executions.repository.js';
import { OUTCOMES, type Outcome } from './executions/run-result.js';
import { TOOL_KINDS, type ToolEntity } from './tools/tool.entity.js';

export type ToolChange = 'created' | 'updated' | 'deleted';

/** Runs that the platform itself stopped, and why. */
const BLOCKED_REASONS: Partial<Record<Outcome, string>> = { blocked: 'ssrf', timed_out: 'timeout', too_large: 'size' };

@Injectable()
export class ToolsEvents {
  private readonly calls: Counter<'kind' | 'outcome'>;
  private readonly durations: Histogram<'kind'>;
  private readonly blocked: Counter<'reason'>;
  private readonly repeats: Counter<'outcome'>;
  private readonly lostOutcomes: Counter;
  private readonly changes: Counter<'change'>;
  private readonly purged: Counter;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    registry: Registry,
  ) {
    const registers = [registry];
    const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
      new Counter({ name: `orbisvoice_tools_${name}`, help, labelNames, registers });
    this.calls = counter('tool_calls_total', 'Runs of tools, by kind and outcome', ['kind', 'outcome']);
    this.durations = new Histogram({
      name: 'orbisvoice_tools_tool_call_duration_seconds',
      help: 'Wall time of runs of tools',
      labelNames: ['kind'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.blocked = counter('tool_blocked_total', 'Runs that the platform stopped, by reason', ['reason']);
    this.repeats = counter('tool_repeats_total', 'Requests answered with the outcome of an earlier run', ['outcome']);
    this.lostOutcomes = counter('tool_lost_outcomes_total', 'Runs whose outcome could not be stored');
    this.changes = counter('changes_total', 'Changes of tools, by kind', ['change']);
    this.purged = counter('executions_purged_total', 'Executions deleted for their age');
    for (const outcome of OUTCOMES) {
      for (const kind of TOOL_KINDS) this.calls.inc({ kind, outcome }, 0);
      this.repeats.inc({ outcome }, 0);
    }
    for (const kind of TOOL_KINDS) this.durations.zero({ kind });
    for (const reason of Object.values(BLOCKED_REASONS)) this.blocked.inc({ reason }, 0);
    for (const change of ['created', 'updated', 'deleted']) this.changes.inc({ change }, 0);
  }

  /** Who and what: a log line, which is no entry of the audit log. */
  toolChanged(change: ToolChange, tool: Pick<ToolEntity, 'id' | 'organizationId'>, caller: Caller): void {
    this.changes.inc({ change });
    this.log.info({ organizationId: tool.organizationId, actor: caller.subject, toolId: tool.id }, `tool ${change}`);
  }

  toolExecuted(key: ExecutionKey, tool: ToolEntity, { outcome, durationMs }: FinishedExecution): void {
    const { kind } = tool;
    this.calls.inc({ kind, outcome });
    this.durations.observe({ kind }, durationMs / 1000);
    const reason = BLOCKED_REASONS[outcome];
    if (reason !== undefined) this.blocked.inc({ reason });
    this.log.info({ ...key, toolId: tool.id, kind, outcome, durationMs }, 'tool executed');
  }

  toolRepeated(key: ExecutionKey, { outcome }: FinishedExecution): void {
    this.repeats.inc({ outcome });
    this.log.info({ ...key, outcome }, 'tool call repeated');
  }

  /** A fault of ours, not of the tool. */
  runBroke(error: unknown, key: ExecutionKey, tool: ToolEntity): void {
    this.log.error({ err: error, ...key, toolId: tool.id }, 'running a tool broke');
  }

  outcomeNotRecorded(error: unknown, key: ExecutionKey): void {
    this.lostOutcomes.inc();
    this.log.error({ err: error, ...key }, "a tool's outcome could not be stored");
  }

  executionsPurged(count: number): void {
    this.purged.inc(count);
    this.log.info({ count }, 'old executions purged');
  }
}
