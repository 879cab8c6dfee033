/** What AppendEvents takes, and the stored form that it becomes. The rules are those of transcripts.proto. */
import type * as rpc from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { ConversationFact } from '@orbisvoice/service-kit/event-bus/conversation-events';
import { z } from 'zod';
import {
  body,
  count,
  instant,
  isoInstant,
  json,
  line,
  named,
  optionalIsoInstant,
  positive,
  storedCount,
  uuid,
} from './append.fields.js';
import { CHANNELS, INPUT_KINDS, ROLES } from './proto-names.js';

export const MAX_EVENTS = 500;
export const MAX_SEQUENCE = 100_000;
const MAX_TEXT_KB = 100;
const MAX_TOOL_CALLS = 64;
const MAX_TOOL_JSON_KB = 64;
/** Of one event as JSON, all its tool calls included. */
const MAX_EVENT_KB = 2_048;

const TOOL_OUTCOMES = ['ok', 'failed', 'timed_out', 'cancelled', 'blocked', 'too_large', 'unknown'] as const;
export const END_REASONS = [
  'client_ended',
  'client_lost',
  'agent_ended',
  'max_duration',
  'provider_failed',
  'gateway_stopped',
  'idle',
] as const;
/** Written by this service alone, and taken back when the holder turns out to live. */
export const GATEWAY_LOST = 'gateway_lost';

/** An event as it is stored and goes into the outbox. */
export type RecordedEvent = { sequence: number; occurredAt: Date; bytes: number } & ConversationFact;

const started = z.object({
  agentId: uuid,
  agentName: line(1, 100),
  agentVersion: positive,
  channel: named(CHANNELS),
  provider: line(1, 100),
  model: line(1, 200),
  subject: line(0, 200),
  draftRevision: storedCount,
});

const toolCall = z.object({
  id: line(1, 200),
  name: line(1, 200),
  argumentsJson: json(MAX_TOOL_JSON_KB),
  resultJson: json(MAX_TOOL_JSON_KB),
  outcome: z.enum(TOOL_OUTCOMES, `must be one of ${TOOL_OUTCOMES.join(', ')}`),
  startedAt: optionalIsoInstant,
  durationMs: count,
});

const orNull = <Output>(schema: z.ZodType<Output>) => schema.optional().transform((value) => value ?? null);

const turn = z
  .object({
    role: named(ROLES),
    generatedText: body(MAX_TEXT_KB),
    heardText: body(MAX_TEXT_KB),
    interrupted: z.boolean(),
    inputKind: named(INPUT_KINDS),
    startedAt: isoInstant,
    endedAt: isoInstant,
    toolCalls: z.array(toolCall).max(MAX_TOOL_CALLS, `must be at most ${MAX_TOOL_CALLS}`),
    usage: orNull(z.object({ promptTokens: count, responseTokens: count, totalTokens: count })),
    timings: orNull(
      z.object({
        speechEndedAt: optionalIsoInstant,
        uplinkMs: orNull(count),
        gatewayInUs: orNull(count),
        providerFirstAudioMs: orNull(count),
        gatewayOutUs: orNull(count),
        firstPlayedMs: orNull(count),
        audioGeneratedMs: count,
        audioPlayedMs: count,
      }),
    ),
  })
  .superRefine((value, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (value.endedAt < value.startedAt) refuse('endedAt', 'must not be before started_at');
    if (value.role === 'user' && value.inputKind === null) refuse('inputKind', 'must say how the user came in');
    if (value.heardText === value.generatedText) return;
    if (value.role === 'user') refuse('heardText', "must equal generated_text in a user's turn");
    else if (!value.interrupted) refuse('heardText', 'must equal generated_text unless the turn was interrupted');
  });

const ended = z.object({
  reason: z.enum(END_REASONS, `must be one of ${END_REASONS.join(', ')}`),
  detail: line(0, 1_000),
});

/** `kind: {$case: 'turn', value}` as `turn: value`, so that violations name the field as the .proto file does. */
function unwrapKind(event: unknown): unknown {
  const { kind, ...rest } = event as rpc.ConversationEvent;
  return kind ? { ...rest, [kind.$case]: kind.value } : rest;
}

const event = z.preprocess(
  unwrapKind,
  z
    .object({
      sequence: z.int().min(1, 'must be at least 1').max(MAX_SEQUENCE, `must be at most ${MAX_SEQUENCE}`),
      occurredAt: instant,
      started: started.optional(),
      turn: turn.optional(),
      ended: ended.optional(),
    })
    .transform((value, context): RecordedEvent => {
      const refuse = (path: string[], message: string) => {
        context.addIssue({ code: 'custom', path, message });
        return z.NEVER;
      };
      const fact = toFact(value);
      if (!fact) return refuse(['kind'], 'must be one of started, turn, ended');
      if ((fact.kind === 'conversation.started') !== (value.sequence === 1))
        return refuse(['sequence'], 'must be 1 for started, and only for started');
      const bytes = Buffer.byteLength(JSON.stringify(fact.data));
      if (bytes > MAX_EVENT_KB * 1024) return refuse([], `must be at most ${MAX_EVENT_KB} kB in all`);
      return { sequence: value.sequence, occurredAt: value.occurredAt, bytes, ...fact };
    }),
);

function toFact(value: {
  started?: z.output<typeof started> | undefined;
  turn?: z.output<typeof turn> | undefined;
  ended?: z.output<typeof ended> | undefined;
}): ConversationFact | undefined {
  if (value.started) return { kind: 'conversation.started', data: value.started };
  if (value.turn) return { kind: 'turn', data: value.turn };
  if (value.ended) return { kind: 'conversation.ended', data: value.ended };
  return undefined;
}

export const appendRequest = z.object({
  conversationId: uuid,
  fence: storedCount,
  renewing: z.boolean().default(false),
  events: z
    .array(event)
    .min(1, `must be 1 to ${MAX_EVENTS}`)
    .max(MAX_EVENTS, `must be 1 to ${MAX_EVENTS}`)
    .superRefine((events, context) => {
      const index = events.findIndex((found, at) => at > 0 && found.sequence <= (events[at - 1]?.sequence ?? 0));
      if (index < 0) return;
      const message = 'must be greater than that of the event before';
      context.addIssue({ code: 'custom', path: [index, 'sequence'], message });
    }),
});
export type AppendRequest = z.output<typeof appendRequest>;

export const claimRequest = z.object({
  conversationId: uuid,
  fence: storedCount,
  afterSequence: storedCount,
  renewing: z.boolean().default(false),
});
export type ClaimRequest = z.output<typeof claimRequest>;
