/**
 * JSON control messages of the voice protocol `orbisvoice.v1`: the one definition that gateway, client and
 * `docs/voice-protocol.asyncapi.json` are made from. Browser code imports only the types, so no validator is bundled.
 *
 * Receivers ignore unknown fields. A gateway answers an unknown type with `error`.
 */
import { z } from 'zod';

// The constants live apart because browser code needs them without zod.
export {
  CALL_START_TIMEOUT_MS,
  CLIENT_REPLAY_MS,
  CLOSE_CODES,
  MAX_MESSAGE_BYTES,
  PING_INTERVAL_MS,
  VOICE_SUBPROTOCOL,
} from './constants.js';

const turn = z.int().min(1).describe('Number of the turn within the call, from 1, both roles counted together');
const role = z.enum(['user', 'agent']);
const toolCallId = z.string().min(1).max(200).describe('The id of the tool call, unique in the call');

// From the client

export const callStart = z
  .object({
    type: z.literal('call.start'),
    token: z.string().min(1).max(4096).describe('From POST /v1/call-tokens: 60 s, one use'),
    agentId: z.uuid().optional().describe("Defaults to the token's agent"),
    resumeTicket: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('From call.started, to go on with a call that lost its connection'),
  })
  .describe('First message of a connection, within 5 s');

export const inputText = z
  .object({
    type: z.literal('input.text'),
    text: z.string().min(1).max(8_000),
    id: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Of your choice, another one for each text of a call. With an id, a text that came twice counts once, and is answered with `input.ack`',
      ),
  })
  .describe('Says something in writing. It counts as a turn of the user and interrupts the agent');

export const playbackPosition = z
  .object({
    type: z.literal('playback.position'),
    turn,
    playedMs: z
      .number()
      .min(0)
      .max(86_400_000)
      .describe('Audio of this turn that the listener has heard so far, in ms'),
  })
  .describe(
    'How far an agent turn has been played: every 250 ms while it plays, at its end, and at once after `interrupted`',
  );

export const toolResult = z
  .object({
    type: z.literal('tool.result'),
    toolCallId,
    result: z.unknown().optional().describe('Any JSON value'),
    error: z.string().max(2_000).optional().describe('Why the tool failed, for the model'),
  })
  .describe('Answer to a tool call that runs in the client');

export const callEnd = z
  .object({ type: z.literal('call.end') })
  .describe('Hangs up. The gateway answers with call.ended');

export const clientMessage = z.discriminatedUnion('type', [
  callStart,
  inputText,
  playbackPosition,
  toolResult,
  callEnd,
]);
export type ClientMessage = z.infer<typeof clientMessage>;
export type CallStart = z.infer<typeof callStart>;

// From the gateway

const audioFormat = z.object({
  encoding: z.literal('pcm_s16le'),
  sampleRateHz: z.int(),
  channels: z.literal(1),
});

export const callStarted = z
  .object({
    type: z.literal('call.started'),
    conversationId: z.uuid().describe("The call's and the conversation's id"),
    agentId: z.uuid(),
    agentName: z.string(),
    agentVersion: z.int(),
    draftRevision: z
      .int()
      .optional()
      .describe(
        "Only in a call with the agent's draft: the revision of the agent, as a draft changes under its number",
      ),
    resumeTicket: z.string().describe('Good for one reconnect; every call.started carries a new one'),
    formats: z.object({ input: audioFormat, output: audioFormat }),
    provider: z.object({
      name: z.string().describe('Such as "gemini"'),
      model: z.string(),
      simulated: z.boolean().describe('True when the provider is the simulator'),
    }),
    maxCallSeconds: z.int(),
  })
  .describe('The call is on: audio may flow');

export const ping = z.object({ type: z.literal('ping') }).describe('Heartbeat, every second. Needs no answer');

export const audioAck = z
  .object({ type: z.literal('audio.ack'), sequence: z.int().min(0) })
  .describe("The client's audio frames up to this one have been taken; it may forget them");

export const inputAck = z
  .object({ type: z.literal('input.ack'), id: z.string() })
  .describe(
    'This text will not be lost with the gateway; until then the client keeps it, to send it again after a reconnect',
  );

export const turnStarted = z.object({ type: z.literal('turn.started'), turn, role });

export const transcriptDelta = z
  .object({ type: z.literal('transcript.delta'), turn, role, text: z.string() })
  .describe('More text of a turn. Concatenate');

export const transcriptFinal = z
  .object({
    type: z.literal('transcript.final'),
    turn,
    role,
    generated: z.string().describe('All that was said (user) or generated (agent)'),
    heard: z.string().describe('What the caller can have heard; equal to generated unless the agent was interrupted'),
    interrupted: z.boolean(),
  })
  .describe('The text of a turn as it is stored');

export const interrupted = z
  .object({ type: z.literal('interrupted'), turn })
  .describe(
    'The caller spoke into this agent turn: drop what is still to be played of it, and report the position at once',
  );

export const toolStarted = z.object({
  type: z.literal('tool.started'),
  turn,
  toolCallId,
  name: z.string(),
  arguments: z.unknown().describe('A JSON object'),
});

export const toolFinished = z.object({
  type: z.literal('tool.finished'),
  turn,
  toolCallId,
  name: z.string(),
  outcome: z.enum(['ok', 'failed', 'timed_out', 'cancelled', 'blocked', 'too_large', 'unknown']),
  result: z.unknown().describe('What the tool returned. Of more than 64,000 bytes: {truncated, beginning}'),
  durationMs: z.number(),
});

export const turnTimings = z.object({
  speechEndedAt: z.iso
    .datetime()
    .optional()
    .describe("When the caller's last sound, or text, that this turn answers came to the gateway"),
  uplinkMs: z
    .number()
    .optional()
    .describe(
      'How much later that sound came than the fastest frame of the last 10 to 20 s: time on the way beyond the shortest',
    ),
  gatewayInUs: z
    .number()
    .optional()
    .describe("From the arrival of the caller's frame at the gateway to its departure to the provider"),
  providerFirstAudioMs: z
    .number()
    .optional()
    .describe("From the end of the caller's turn at the gateway to the provider's first audio"),
  gatewayOutUs: z.number().optional().describe("From the provider's first audio at the gateway to its departure"),
  firstPlayedMs: z.number().optional().describe("From that departure to the client's report that it plays"),
  audioGeneratedMs: z.number(),
  audioPlayedMs: z.number(),
});
export type TurnTimings = z.infer<typeof turnTimings>;

export const turnFinished = z.object({ type: z.literal('turn.finished'), turn, role, timings: turnTimings.optional() });

export const callMove = z
  .object({ type: z.literal('call.move'), withinMs: z.int() })
  .describe(
    'This gateway wants to stop: connect elsewhere with the resume ticket, and talk on here until that has started or this time (ms) is up',
  );

export const errorKind = z.enum([
  'invalid_argument',
  'unauthenticated',
  'permission_denied',
  'not_found',
  'conflict',
  'failed_precondition',
  'resource_exhausted',
  'cancelled',
  'deadline_exceeded',
  'unavailable',
  'internal',
]);

export const errorMessage = z
  .object({
    type: z.literal('error'),
    kind: errorKind,
    message: z.string().describe('A sentence for people'),
    field: z.string().optional().describe('The field at fault, such as "token"'),
    id: z.string().optional().describe('Of the `input.text` that was not taken'),
    retryable: z.boolean(),
  })
  .describe('Something went wrong. The call goes on unless the connection closes');

export const callEndReason = z.enum([
  'client_ended',
  'client_lost',
  'agent_ended',
  'max_duration',
  'provider_failed',
  'gateway_stopped',
  'idle',
]);
export type CallEndReason = z.infer<typeof callEndReason>;

export const callEnded = z
  .object({ type: z.literal('call.ended'), reason: callEndReason, detail: z.string().optional() })
  .describe('Last message of a call; the gateway then closes with 1000');

export const gatewayMessage = z.discriminatedUnion('type', [
  callStarted,
  ping,
  audioAck,
  inputAck,
  turnStarted,
  transcriptDelta,
  transcriptFinal,
  interrupted,
  toolStarted,
  toolFinished,
  turnFinished,
  callMove,
  errorMessage,
  callEnded,
]);
export type GatewayMessage = z.infer<typeof gatewayMessage>;
export type CallStarted = z.infer<typeof callStarted>;
