import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { z } from 'zod';
import { camelCaseKeys } from './camel-case.js';
import { ProtocolError, invalidArgument } from './close-reasons.js';

/** What a client may send, after its keys were made camelCase. Fields that the simulator has no use for are ignored. */
const blob = z.object({
  data: z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'is not base64'),
  mimeType: z.string().optional(),
});
const part = z.object({ text: z.string().optional() });
const content = z.object({ role: z.string().optional(), parts: z.array(part).optional() });
const instruction = z.union([content, z.string().transform((text) => ({ role: 'user', parts: [{ text }] }))]);

const functionDeclaration = z.object({
  name: z.string().min(1).max(128),
  description: z.string().optional(),
  behavior: z.enum(['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING']).optional(),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
});
const tools = z.array(z.object({ functionDeclarations: z.array(functionDeclaration).optional() }));

const milliseconds = z.coerce.number().int().min(0);
const setup = z.object({
  model: z.string(),
  generationConfig: z
    .object({
      responseModalities: z.array(z.string()).optional(),
      speechConfig: z
        .object({
          voiceConfig: z
            .object({ prebuiltVoiceConfig: z.object({ voiceName: z.string().optional() }).optional() })
            .optional(),
        })
        .optional(),
      thinkingConfig: z.object({ thinkingLevel: z.unknown().optional() }).optional(),
    })
    .optional(),
  systemInstruction: instruction.optional(),
  tools: tools.optional(),
  sessionResumption: z.object({ handle: z.string().optional() }).optional(),
  inputAudioTranscription: z.object({}).optional(),
  outputAudioTranscription: z.object({}).optional(),
  realtimeInputConfig: z
    .object({
      automaticActivityDetection: z
        .object({
          disabled: z.boolean().optional(),
          startOfSpeechSensitivity: z.string().optional(),
          endOfSpeechSensitivity: z.string().optional(),
          prefixPaddingMs: milliseconds.optional(),
          silenceDurationMs: milliseconds.optional(),
        })
        .optional(),
      activityHandling: z.string().optional(),
    })
    .optional(),
  proactivity: z.object({ proactiveAudio: z.boolean().optional() }).optional(),
  historyConfig: z.object({ initialHistoryInClientContent: z.boolean().optional() }).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

const realtimeInput = z.object({
  audio: blob.optional(),
  video: blob.optional(),
  text: z.string().optional(),
  activityStart: z.object({}).optional(),
  activityEnd: z.object({}).optional(),
  audioStreamEnd: z.boolean().optional(),
  mediaChunks: z.array(blob).optional(),
});
const clientContent = z.object({ turns: z.array(content).optional(), turnComplete: z.boolean().optional() });
const toolResponse = z.object({
  functionResponses: z
    .array(
      z.object({
        id: z.string().optional(),
        name: z.string().optional(),
        response: z.record(z.string(), z.unknown()).optional(),
        scheduling: z.enum(['SCHEDULING_UNSPECIFIED', 'SILENT', 'WHEN_IDLE', 'INTERRUPT']).optional(),
        willContinue: z.boolean().optional(),
      }),
    )
    .min(1),
});
const contextUpdate = z.object({ systemInstruction: instruction.optional(), tools: tools.optional() });

const schemas = { setup, realtimeInput, clientContent, toolResponse, contextUpdate };

export type Setup = z.output<typeof setup>;
export type RealtimeInput = z.output<typeof realtimeInput>;
export type ClientContent = z.output<typeof clientContent>;
export type ToolResponse = z.output<typeof toolResponse>;
export type FunctionResponse = ToolResponse['functionResponses'][number];
export type ContextUpdate = z.output<typeof contextUpdate>;
export type ToolsConfig = z.output<typeof tools>;

export type ClientMessage =
  | { kind: 'setup'; body: Setup }
  | { kind: 'realtimeInput'; body: RealtimeInput }
  | { kind: 'clientContent'; body: ClientContent }
  | { kind: 'toolResponse'; body: ToolResponse }
  | { kind: 'contextUpdate'; body: ContextUpdate };

type AdjustSetup = (asked: Record<string, unknown>) => Record<string, unknown>;

/**
 * Reads a client's frame. Throws a ProtocolError (1007) for what the real server would refuse.
 *
 * @param adjustSetup Changes a setup before it is checked: an ephemeral token may fix parts of it.
 */
export function parseClientMessage(frame: string, adjustSetup: AdjustSetup = (asked) => asked): ClientMessage {
  const message = camelCaseKeys(parseJson(frame));
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new ProtocolError({ code: 1007, reason: 'Invalid JSON payload received. Root element must be a message.' });
  }
  const keys = Object.keys(message);
  const kind = keys[0];
  if (keys.length !== 1 || kind === undefined) {
    throw new ProtocolError(invalidArgument('a message must have exactly one of its fields set.'));
  }
  if (!Object.hasOwn(schemas, kind)) {
    throw new ProtocolError({
      code: 1007,
      reason: `Invalid JSON payload received. Unknown name "${kind.slice(0, 40)}": Cannot find field.`,
    });
  }
  const given = (message as Record<string, unknown>)[kind];
  const body =
    kind === 'setup' && typeof given === 'object' && given !== null
      ? adjustSetup(given as Record<string, unknown>)
      : given;
  const parsed = schemas[kind as keyof typeof schemas].safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProtocolError(
      invalidArgument(`${[kind, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'}`),
    );
  }
  return { kind, body: parsed.data } as ClientMessage;
}

function parseJson(frame: string): unknown {
  try {
    return parseExactJson(frame);
  } catch {
    throw new ProtocolError({ code: 1007, reason: 'Invalid JSON payload received. Unexpected token.' });
  }
}
