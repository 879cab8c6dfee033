/**
 * One trace per exchange: what the caller says, the model's answer, the tools it runs, and their way to the transcripts. Names follow
 * OpenTelemetry's GenAI conventions (open-telemetry/semantic-conventions-genai, all of them still "development").
 */
import { context, ROOT_CONTEXT, SpanKind, trace, type Context, type Span } from '@opentelemetry/api';
import { failSpan, recordedTraceId, type Tracing } from '@orbisvoice/service-kit/telemetry/tracing';
import type { CallEffect, TurnState } from './call-state.js';
import type { CallFacts } from './handover/call-store.js';
import { timingsOf } from './latency-ledger.js';

interface Exchange {
  root: Span;
  context: Context;
  /** The model's share, from the end of the caller's turn. */
  generation: Span | undefined;
  /** The caller has said something in it. */
  spoken: boolean;
}

type Message = Extract<CallEffect, { type: 'send' }>['message'];

export class TurnTraces {
  /** By the numbers of the turns that belong to it. */
  private readonly exchanges = new Map<number, Exchange>();
  private readonly toolSpans = new Map<string, Span>();
  /** What the caller has said is not answered yet. */
  private unanswered: Exchange | undefined;
  /** What the agent says without being spoken to, about a tool's result say, belongs to the exchange before. */
  private latest: Exchange | undefined;

  constructor(
    private readonly tracing: Tracing,
    private readonly facts: CallFacts,
  ) {}

  /** Before an effect is carried out. `at` in ms since the epoch. */
  take(effect: CallEffect, at: number, askedAt: number): void {
    if (!this.tracing.enabled) return;
    if (effect.type === 'send') this.sent(effect.message, at, askedAt);
    else if (effect.type === 'end') this.end(effect.reason);
  }

  /** Runs `work` so that its spans belong to that tool call. */
  inTool<T>(toolCallId: string, work: () => T): T {
    const span = this.toolSpans.get(toolCallId);
    return span ? context.with(trace.setSpan(ROOT_CONTEXT, span), work) : work();
  }

  /** Stores a turn by `store`, whose spans belong to the turn. Returns the trace's id, if it is recorded. */
  inTurn(turn: TurnState, store: () => void): string | undefined {
    const exchange = this.exchanges.get(turn.turn);
    if (!exchange) {
      store();
      return undefined;
    }
    // What the caller said may have got its number only after the answer had begun.
    if (turn.role === 'user') this.exchanges.delete(turn.turn);
    else for (const earlier of this.exchanges.keys()) if (earlier <= turn.turn) this.exchanges.delete(earlier);
    this.describe(exchange, turn);
    context.with(exchange.context, store);
    if (turn.role === 'agent') {
      exchange.generation?.end();
      exchange.root.end();
    }
    return recordedTraceId(exchange.root);
  }

  /** The call ends, or leaves this gateway. */
  end(reason: string): void {
    for (const span of this.toolSpans.values()) span.end();
    for (const { root, generation } of new Set([
      ...this.exchanges.values(),
      ...(this.unanswered ? [this.unanswered] : []),
    ])) {
      root.setAttribute('orbisvoice.call.end_reason', reason);
      generation?.end();
      root.end();
    }
    this.toolSpans.clear();
    this.exchanges.clear();
    this.unanswered = undefined;
  }

  private sent(message: Message, at: number, askedAt: number): void {
    switch (message.type) {
      case 'turn.started':
        return this.turnStarted(message.turn, message.role, at, askedAt);
      case 'tool.started':
        return this.toolStarted(message);
      case 'tool.finished':
        return this.toolFinished(message);
      default:
    }
  }

  private turnStarted(turn: number, role: TurnState['role'], at: number, askedAt: number): void {
    const exchange = this.unanswered ?? this.begin(at, role === 'user' ? undefined : this.latest);
    this.latest = exchange;
    this.exchanges.set(turn, exchange);
    this.unanswered = role === 'user' ? exchange : undefined;
    if (role === 'user') {
      exchange.spoken = true;
      return;
    }
    const { setup, started } = this.facts;
    exchange.generation ??= this.tracing.tracer.startSpan(
      `generate_content ${setup.model}`,
      {
        kind: SpanKind.CLIENT,
        startTime: exchange.spoken && askedAt > 0 ? askedAt : at,
        attributes: {
          'gen_ai.operation.name': 'generate_content',
          'gen_ai.provider.name': started.provider.name === 'gemini' ? 'gcp.gemini' : started.provider.name,
          'gen_ai.request.model': setup.model,
          'gen_ai.output.type': 'speech',
          'gen_ai.conversation.id': this.facts.id,
        },
      },
      exchange.context,
    );
  }

  private begin(at: number, before: Exchange | undefined): Exchange {
    const { facts } = this;
    const root = this.tracing.tracer.startSpan(
      'invoke_agent',
      {
        kind: SpanKind.INTERNAL,
        startTime: at,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.id': facts.agentId,
          'gen_ai.agent.version': String(facts.started.agentVersion),
          'gen_ai.conversation.id': facts.id,
          'orbisvoice.organization.id': facts.organizationId,
        },
      },
      before?.context ?? ROOT_CONTEXT,
    );
    return { root, context: trace.setSpan(ROOT_CONTEXT, root), generation: undefined, spoken: false };
  }

  private toolStarted(message: Extract<Message, { type: 'tool.started' }>): void {
    const exchange = this.exchanges.get(message.turn);
    if (!exchange) return;
    const span = this.tracing.tracer.startSpan(
      `execute_tool ${message.name}`,
      {
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': message.name,
          'gen_ai.tool.call.id': message.toolCallId,
          'gen_ai.tool.type': 'function',
          ...this.tracing.pii({ tool_arguments: JSON.stringify(message.arguments ?? {}) }),
        },
      },
      exchange.context,
    );
    this.toolSpans.set(message.toolCallId, span);
  }

  private toolFinished(message: Extract<Message, { type: 'tool.finished' }>): void {
    const span = this.toolSpans.get(message.toolCallId);
    if (!span) return;
    this.toolSpans.delete(message.toolCallId);
    span.setAttribute('orbisvoice.tool.outcome', message.outcome);
    span.setAttributes(this.tracing.pii({ tool_result: JSON.stringify(message.result ?? null) }));
    if (message.outcome !== 'ok') failSpan(span, message.outcome);
    span.end();
  }

  private describe({ root, generation }: Exchange, turn: TurnState): void {
    root.setAttributes(this.tracing.pii({ [`${turn.role}_text`]: turn.text }));
    if (turn.role === 'user') return;
    root.setAttribute('orbisvoice.turn', turn.turn);
    root.setAttribute('orbisvoice.turn.interrupted', turn.interrupted);
    for (const [name, value] of Object.entries(timingsOf(turn)))
      root.setAttribute(`orbisvoice.latency.${snake(name)}`, value);
    if (turn.firstAudioAt > 0) generation?.addEvent('gen_ai.first_chunk', undefined, turn.firstAudioAt);
    if (!turn.usage) return;
    generation?.setAttribute('gen_ai.usage.input_tokens', turn.usage.promptTokens);
    generation?.setAttribute('gen_ai.usage.output_tokens', turn.usage.responseTokens);
  }
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
