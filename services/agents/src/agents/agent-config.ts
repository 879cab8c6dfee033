/** What an agent is made of: the rules for what a caller sends, and the shape that is stored. */
import { Sensitivity } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { z } from 'zod';
import { text } from '@orbisvoice/service-kit/stored-text';

const sensitivity = z.literal(
  [Sensitivity.SENSITIVITY_UNSPECIFIED, Sensitivity.SENSITIVITY_LOW, Sensitivity.SENSITIVITY_HIGH],
  'must be SENSITIVITY_UNSPECIFIED, SENSITIVITY_LOW or SENSITIVITY_HIGH',
);

const milliseconds = (max: number) => {
  const rule = `must be a whole number of milliseconds from 0 to ${max.toLocaleString('en')}`;
  return z.number(rule).int(rule).min(0, rule).max(max, rule);
};

const turnDetection = z.object({
  startSensitivity: sensitivity,
  endSensitivity: sensitivity,
  prefixPaddingMs: milliseconds(2_000).optional(),
  silenceDurationMs: milliseconds(5_000).optional(),
  noInterruption: z.boolean(),
});

const MAX_TOOLS = 64;
const TEMPERATURE_RULE = 'must be a number from 0 to 2';
const CALL_SECONDS_RULE = 'must be 0 (for the default of 3,600) or a whole number of seconds from 10 to 14,400';

/** Lengths are counted in UTF-16 code units, as JavaScript and most clients do. */
export const agentConfig = z.object(
  {
    prompt: text({ min: 1, max: 32_000 }),
    greeting: text({ max: 1_000 }),
    voice: text({ max: 100 }),
    languageCode: z
      .string()
      .refine((tag) => tag === '' || isLanguageTag(tag), 'must be a BCP 47 language tag such as "en-US"'),
    model: z.string().regex(/^[\w./:@-]{0,200}$/, 'must be a model id of at most 200 characters'),
    temperature: z.number(TEMPERATURE_RULE).min(0, TEMPERATURE_RULE).max(2, TEMPERATURE_RULE).optional(),
    toolIds: z
      .array(z.uuid('must be a UUID').toLowerCase())
      .max(MAX_TOOLS, `must have at most ${MAX_TOOLS} entries`)
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a tool twice'),
    turnDetection: turnDetection.optional(),
    maxCallSeconds: z
      .int(CALL_SECONDS_RULE)
      .refine((seconds) => seconds === 0 || (seconds >= 10 && seconds <= 14_400), CALL_SECONDS_RULE),
  },
  'is required',
);

export type AgentConfig = z.output<typeof agentConfig>;

/** As found in the database. Rows that are older than a field lack it. */
export type StoredAgentConfig = Pick<AgentConfig, 'prompt'> & Partial<AgentConfig>;

const DEFAULTS: Omit<AgentConfig, 'prompt'> = {
  greeting: '',
  voice: '',
  languageCode: '',
  model: '',
  temperature: undefined,
  toolIds: [],
  turnDetection: undefined,
  maxCallSeconds: 0,
};

export function fromStored(stored: StoredAgentConfig): AgentConfig {
  return { ...DEFAULTS, ...stored };
}

function isLanguageTag(value: string): boolean {
  try {
    return value.length <= 64 && Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
