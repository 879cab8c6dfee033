/** Agents as JSON: the one description of what is accepted, what is answered and what the OpenAPI document says. */
import { z } from 'zod';
import { oneOf, rule, text, timestamp, uuid, wholeNumber } from '../http/fields.js';
import { pageOf } from '../http/pages.js';

const AGENT_ID = '3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77';
const TIME = '2026-01-31T12:00:00.000Z';
const SENSITIVITIES = ['low', 'high'] as const;

const configExample = {
  prompt: 'You are Mia, the receptionist of a dental practice. Be brief and friendly.',
  greeting: 'Hello, this is Mia. How can I help you?',
  voice: 'Puck',
  languageCode: 'en-US',
  model: null,
  temperature: 0.7,
  toolIds: ['9b2f5c1e-6d1a-4d57-8a06-0e6a1f3c5b21'],
  turnDetection: {
    startSensitivity: 'high' as const,
    endSensitivity: null,
    prefixPaddingMs: null,
    silenceDurationMs: 600,
    noInterruption: false,
  },
  maxCallSeconds: 1_800,
};

const temperature = z
  .number(rule('must be a number from 0 to 2'))
  .min(0, 'must be at least 0')
  .max(2, 'must be at most 2');

const turnDetectionFields = {
  startSensitivity: oneOf(SENSITIVITIES).nullable().meta({ description: "Null: the provider's default." }),
  endSensitivity: oneOf(SENSITIVITIES).nullable().meta({ description: "Null: the provider's default." }),
  prefixPaddingMs: wholeNumber(0, 2_000)
    .nullable()
    .meta({ description: "Speech needed before a turn counts as begun. Null: the provider's default." }),
  silenceDurationMs: wholeNumber(0, 5_000)
    .nullable()
    .meta({ description: "Silence needed before a turn counts as ended. Null: the provider's default." }),
  noInterruption: z
    .boolean(rule('must be true or false'))
    .meta({ description: 'True: the agent finishes what it says even when the caller speaks.' }),
};

const configFields = {
  prompt: text(1, 32_000).meta({ description: 'The system instruction for the model.' }),
  greeting: text(0, 1_000).meta({
    description: 'What the agent says when a call starts. Empty: it waits for the caller.',
  }),
  voice: text(1, 100)
    .nullable()
    .meta({ description: "A prebuilt voice of the provider, such as Puck. Null: the provider's default." }),
  languageCode: text(1, 35).nullable().meta({ description: 'BCP 47 tag such as en-US. Null: the model decides.' }),
  model: text(1, 200).nullable().meta({ description: "Model id of the provider. Null: the platform's." }),
  temperature: temperature.nullable().meta({ description: "Null: the model's default." }),
  toolIds: z
    .array(uuid, rule('must be a list of tool ids'))
    .max(64, 'must have at most 64 items')
    .meta({ description: 'Tools that the agent may call.', uniqueItems: true }),
  maxCallSeconds: wholeNumber(10, 14_400).meta({ description: 'The call ends after this time.' }),
};

export const agentConfigSchema = z
  .object({ ...configFields, turnDetection: z.object(turnDetectionFields) })
  .meta({ id: 'AgentConfig', examples: [configExample] });

/** What is left out gets its default. */
export const agentConfigInputSchema = z
  .strictObject(
    {
      prompt: configFields.prompt,
      greeting: configFields.greeting.default(''),
      voice: configFields.voice.default(null),
      languageCode: configFields.languageCode.default(null),
      model: configFields.model.default(null),
      temperature: configFields.temperature.default(null),
      toolIds: configFields.toolIds.default([]),
      maxCallSeconds: configFields.maxCallSeconds.default(3_600),
      turnDetection: z
        .strictObject(
          {
            startSensitivity: turnDetectionFields.startSensitivity.default(null),
            endSensitivity: turnDetectionFields.endSensitivity.default(null),
            prefixPaddingMs: turnDetectionFields.prefixPaddingMs.default(null),
            silenceDurationMs: turnDetectionFields.silenceDurationMs.default(null),
            noInterruption: turnDetectionFields.noInterruption.default(false),
          },
          rule('must be an object'),
        )
        .optional(),
    },
    rule('must be an object'),
  )
  .meta({ id: 'AgentConfigInput', examples: [configExample] });

const name = text(1, 100).meta({ examples: ['Reception'] });
const version = z
  .int()
  .min(1)
  .meta({ examples: [3] });

export const createAgentSchema = z
  .strictObject({ name, config: agentConfigInputSchema }, rule('must be a JSON object'))
  .meta({ id: 'CreateAgent', examples: [{ name: 'Reception', config: configExample }] });

export const updateAgentSchema = z
  .strictObject({ name: name.optional(), config: agentConfigInputSchema.optional() }, rule('must be a JSON object'))
  .refine((body) => body.name !== undefined || body.config !== undefined, 'must change name or config')
  .meta({
    id: 'UpdateAgent',
    description: '`config` replaces the whole configuration.',
    minProperties: 1,
    examples: [{ name: 'Reception' }],
  });

export const agentSchema = z
  .object({
    id: uuid,
    name,
    publishedVersion: version.nullable().meta({ description: 'What calls get. Null: never published.' }),
    draftVersion: version.nullable().meta({ description: 'Null: nothing to publish.' }),
    revision: z
      .int()
      .meta({ description: 'Grows with every change. The ETag is this number in quotes.', examples: [7] }),
    config: agentConfigSchema.meta({ description: "The draft's when there is one, else the published version's." }),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({
    id: 'Agent',
    examples: [
      {
        id: AGENT_ID,
        name: 'Reception',
        publishedVersion: 2,
        draftVersion: 3,
        revision: 7,
        config: configExample,
        createdAt: TIME,
        updatedAt: TIME,
      },
    ],
  });

/** What `publish` answers: the agent, and whether its model and voice were tried. */
export const publishedAgentSchema = z
  .object({
    ...agentSchema.shape,
    modelCheck: z
      .object({
        outcome: z.enum(['accepted', 'refused', 'unreachable']).meta({
          description:
            "accepted: the provider opened a session. refused: it did not, and neither the agent's model nor its voice is why, so the platform's key or default model is. unreachable: it could not be asked.",
        }),
        detail: z.string().nullable().meta({ description: "The provider's own words, or why it could not be asked." }),
      })
      .nullable()
      .meta({ description: 'Null: this installation tries no models.' }),
  })
  .meta({ id: 'PublishedAgent' });

export const agentVersionSchema = z
  .object({
    agentId: uuid,
    version,
    config: agentConfigSchema,
    publishedAt: timestamp.nullable().meta({ description: 'Null: a draft.' }),
    createdAt: timestamp,
    restoredFromVersion: version.nullable().meta({ description: 'The version that this one was restored from.' }),
  })
  .meta({
    id: 'AgentVersion',
    examples: [
      {
        agentId: AGENT_ID,
        version: 2,
        config: configExample,
        publishedAt: TIME,
        createdAt: TIME,
        restoredFromVersion: null,
      },
    ],
  });

export const agentPageSchema = pageOf('AgentPage', agentSchema);
export const agentVersionPageSchema = pageOf('AgentVersionPage', agentVersionSchema);

export const versionParameters = z.strictObject({
  id: uuid,
  version: z.coerce
    .number('must be a version number')
    .int('must be a version number')
    .min(1, 'must be a version number')
    .max(2 ** 31 - 1, 'must be a version number'),
});

export type CreateAgent = z.output<typeof createAgentSchema>;
export type UpdateAgent = z.output<typeof updateAgentSchema>;
export type PublishedAgentJson = z.output<typeof publishedAgentSchema>;
export type AgentConfigInput = z.output<typeof agentConfigInputSchema>;
export type AgentJson = z.output<typeof agentSchema>;
export type AgentConfigJson = z.output<typeof agentConfigSchema>;
export type AgentVersionJson = z.output<typeof agentVersionSchema>;
