/** Runs a call's tools through the `tools` service. A failure of any kind is an outcome that the model can talk about. */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { ToolOutcome as WireOutcome } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import type { ExecuteToolRequest, ExecuteToolResponse, Tool } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { toDomainError, type DomainError } from '@orbisvoice/service-kit/errors';
import type { ToolCallState, ToolOutcome } from '../calls/call-state.js';

/** What a call keeps of a tool. Not the times of its definition, which are no JSON: a call that moves takes its tools along. */
export type CallTool = Pick<Tool, 'id' | 'definition'>;

export interface ToolRunnerOptions {
  conversationId: string;
  tools: CallTool[];
  execute(
    request: ExecuteToolRequest,
    options: { deadlineMs: number; signal: AbortSignal },
  ): Promise<ExecuteToolResponse>;
}

export interface ToolRun {
  outcome: ToolOutcome;
  result: unknown;
  durationMs: number;
}

/** The tools service ends a run by itself; this is for when it doesn't. */
const MARGIN_MS = 3_000;
const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_RUNNING = 16;

/** For the model. A lost answer may hide a run that took effect: the model must not take it for one that never was, and repeat it. */
const OUTCOME_LOST =
  'It is not known whether the tool has run: its answer was lost. Do not assume either, and do not repeat it unasked.';

const TOO_MANY = 'Too many things are under way at once. Wait until one of them has ended, then try again.';
const NOT_RUN = 'This can not be done at the moment. Say so, and do without it.';

const OUTCOMES: Partial<Record<WireOutcome, ToolOutcome>> = {
  [WireOutcome.TOOL_OUTCOME_OK]: 'ok',
  [WireOutcome.TOOL_OUTCOME_FAILED]: 'failed',
  [WireOutcome.TOOL_OUTCOME_TIMED_OUT]: 'timed_out',
  [WireOutcome.TOOL_OUTCOME_CANCELLED]: 'cancelled',
  [WireOutcome.TOOL_OUTCOME_BLOCKED]: 'blocked',
  [WireOutcome.TOOL_OUTCOME_TOO_LARGE]: 'too_large',
};

export class ToolRunner {
  private readonly running = new Map<string, AbortController>();

  constructor(private readonly options: ToolRunnerOptions) {}

  /** Never rejects. */
  async run(call: ToolCallState): Promise<ToolRun> {
    const startedAt = performance.now();
    const tool = this.options.tools.find((candidate) => candidate.definition?.name === call.name);
    if (!tool) return failure(`There is no tool called ${JSON.stringify(call.name)}.`, startedAt);
    if (this.running.size >= MAX_RUNNING) return failure(TOO_MANY, startedAt);
    const controller = new AbortController();
    this.running.set(call.id, controller);
    try {
      const response = await this.options.execute(
        {
          toolId: tool.id,
          conversationId: this.options.conversationId,
          toolCallId: call.id,
          argumentsJson: JSON.stringify(call.arguments ?? {}),
        },
        { deadlineMs: (tool.definition?.timeoutMs || DEFAULT_TIMEOUT_MS) + MARGIN_MS, signal: controller.signal },
      );
      return {
        outcome: OUTCOMES[response.outcome] ?? 'unknown',
        result: parse(response.resultJson),
        durationMs: response.durationMs,
      };
    } catch (thrown) {
      const error = toDomainError(thrown);
      if (error.kind === 'cancelled') return { ...failure(error.message, startedAt), outcome: 'cancelled' };
      if (error.kind !== 'deadline_exceeded' && error.kind !== 'unavailable')
        return failure(isSpeakable(error) ? error.message : NOT_RUN, startedAt, detailOf(error));
      return { ...failure(OUTCOME_LOST, startedAt), outcome: 'unknown' };
    } finally {
      this.running.delete(call.id);
    }
  }

  abort(id: string): void {
    this.running.get(id)?.abort();
  }
}

/** The tools service words these for the model; others name ids and fields of ours. */
function isSpeakable({ kind, violations }: DomainError): boolean {
  return kind === 'resource_exhausted' || (kind === 'invalid_argument' && violations[0]?.field === 'arguments_json');
}

/** For whoever made the tool: it reaches the record, and not the model. */
function detailOf({ message, violations }: DomainError): string {
  if (violations.length === 0) return message;
  return violations.map((violation) => `${violation.field}: ${violation.message}`).join('; ');
}

function failure(message: string, startedAt: number, detail?: string): ToolRun {
  const result = detail === undefined ? { error: message } : { error: message, detail };
  return { outcome: 'failed', result, durationMs: Math.round(performance.now() - startedAt) };
}

function parse(json: string): unknown {
  try {
    return parseExactJson(json);
  } catch {
    return { text: json };
  }
}
