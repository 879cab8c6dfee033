/** Conversations and their turns as JSON. */
import { z } from 'zod';
import { timestamp, uuid } from '../http/fields.js';
import { jsonValue } from '../http/json-value.js';
import { pageFields, pageOf } from '../http/pages.js';
import { conversationExample, turnExamples } from './conversation.examples.js';

export const CHANNELS = ['voice', 'chat', 'phone', 'room'] as const;

const count = z.int().min(0);
const milliseconds = z.int().min(0).nullable();

const usageSchema = z
  .object({ promptTokens: count, responseTokens: count, totalTokens: count })
  .meta({ id: 'Usage', description: 'Tokens as the provider counts them.' });

const conversationFields = {
  id: uuid,
  agentId: uuid,
  agentName: z.string(),
  agentVersion: z.int(),
  draftRevision: z.int().nullable().meta({
    description: "The call was with the agent's draft, at this revision of the agent. Null: with a published version.",
  }),
  channel: z.enum(CHANNELS),
  provider: z.string().meta({ examples: ['gemini'] }),
  model: z.string(),
  startedAt: timestamp,
  endedAt: timestamp.nullable().meta({ description: 'Null: still running.' }),
  endReason: z.string().nullable().meta({
    description:
      'client_ended, client_lost, agent_ended, max_duration, provider_failed, gateway_stopped or idle; gateway_lost: the process that held it was killed or is cut off, and the end is taken back if it turns out to live. Null: still running.',
  }),
  endDetail: z.string().nullable().meta({
    description:
      "A sentence on endReason, for you and not for the caller: with provider_failed the model provider's own words. Null: nothing to add.",
  }),
  turnCount: count,
  usage: usageSchema,
};

const toolCallSchema = z
  .object({
    id: z.string().meta({
      description: "Unique in the conversation; its endpoint got it in Idempotency-Key, behind the conversation's id.",
    }),
    name: z.string(),
    arguments: jsonValue.meta({ description: 'What the model passed.' }),
    result: jsonValue.meta({ description: 'What the model got back.' }),
    outcome: z.string().meta({
      description: 'ok, failed, timed_out, cancelled, blocked, too_large or unknown.',
      examples: ['ok'],
    }),
    startedAt: timestamp,
    durationMs: count,
  })
  .meta({ id: 'ToolCall' });

const timingsSchema = z
  .object({
    speechEndedAt: timestamp.nullable().meta({
      description: "When the caller's last sound, or text, that this turn answers came to the gateway.",
    }),
    uplinkMs: milliseconds.meta({
      description: 'How much later that sound came than the fastest one of the last 10 to 20 s.',
    }),
    gatewayInUs: milliseconds.meta({
      description: "From a caller's sound at the gateway to its departure to the provider. Microseconds.",
    }),
    providerFirstAudioMs: milliseconds.meta({
      description: "From the end of the caller's speech at the gateway to the provider's first audio.",
    }),
    gatewayOutUs: milliseconds.meta({ description: 'From that audio to its departure to the client. Microseconds.' }),
    firstPlayedMs: milliseconds.meta({ description: "From that departure to the client's report that it plays." }),
    audioGeneratedMs: count.meta({ description: 'Length of the audio that was generated.' }),
    audioPlayedMs: count.meta({ description: 'Length of it that the client reported as played.' }),
  })
  .meta({ id: 'TurnTimings', description: "Where the time of an agent's turn went. Null: not known for this turn." });

export const turnSchema = z
  .object({
    sequence: count.meta({ description: 'Grows within the conversation, with gaps.' }),
    role: z.enum(['user', 'agent']),
    inputKind: z.enum(['audio', 'text']).nullable().meta({ description: "How a user's turn came in." }),
    generatedText: z.string().meta({
      description: "A user's turn: what was understood. An agent's: all that the model generated.",
    }),
    heardText: z.string().meta({
      description:
        "An agent's turn: what the caller can have heard before an interruption. A user's: as generatedText.",
    }),
    interrupted: z.boolean(),
    startedAt: timestamp,
    endedAt: timestamp.nullable(),
    toolCalls: z.array(toolCallSchema),
    usage: usageSchema.nullable(),
    timings: timingsSchema.nullable(),
  })
  .meta({
    id: 'Turn',
    description: "One side's say, from its first sound to its last, with the tool calls made in it.",
  });

export const conversationSchema = z
  .object(conversationFields)
  .meta({ id: 'Conversation', examples: [conversationExample] });
export const conversationWithTurnsSchema = z
  .object({
    ...conversationFields,
    turns: z.array(turnSchema),
    nextCursor: z.string().nullable().meta({
      description: 'Pass it as `cursor` to read the turns that follow. Null: these are the last that are stored.',
    }),
  })
  .meta({
    id: 'ConversationWithTurns',
    examples: [{ ...conversationExample, turns: turnExamples, nextCursor: null }],
  });
export const conversationPageSchema = pageOf('ConversationPage', conversationSchema);

export const conversationQuery = z.strictObject({
  ...pageFields,
  agentId: uuid.optional().meta({ description: 'Only conversations with this agent.' }),
});

const TURNS_RULE = 'must be a whole number from 1 to 1000';
export const turnsQuery = z.strictObject({
  ...pageFields,
  limit: z.coerce
    .number(TURNS_RULE)
    .int(TURNS_RULE)
    .min(1, TURNS_RULE)
    .max(1_000, TURNS_RULE)
    .default(1_000)
    .meta({ description: 'How many turns to return at most. A page has at most 3 MB of them, so it may have fewer.' }),
});

export type TurnsQuery = z.output<typeof turnsQuery>;
export type ConversationQuery = z.output<typeof conversationQuery>;
export type ConversationJson = z.output<typeof conversationSchema>;
export type ConversationWithTurnsJson = z.output<typeof conversationWithTurnsSchema>;
export type TurnJson = z.output<typeof turnSchema>;
