import { z } from 'zod';
import { rule, text, timestamp, uuid } from '../http/fields.js';
import { pageOf } from '../http/pages.js';

const EXPIRY_RULE = 'must be an RFC 3339 time in the future, such as 2027-01-31T12:00:00Z';

const name = text(1, 100).meta({ examples: ['Booking backend'] });

const apiKeyFields = {
  id: uuid,
  name,
  preview: z.string().meta({ description: 'What may be shown of the secret.', examples: ['ov_live_…x7Qd'] }),
  createdAt: timestamp,
  expiresAt: timestamp.nullable().meta({ description: 'Null: it does not expire.' }),
  revokedAt: timestamp.nullable().meta({ description: 'Null: it is not revoked.' }),
  lastUsedAt: timestamp.nullable().meta({ description: 'To the minute. Null: never used.' }),
};

const apiKeyExample = {
  id: 'c1d2e3f4-0a1b-4c2d-8e3f-4a5b6c7d8e9f',
  name: 'Booking backend',
  preview: 'ov_live_…x7Qd',
  createdAt: '2026-01-31T12:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};

export const createApiKeySchema = z
  .strictObject(
    {
      name,
      expiresAt: z.iso
        .datetime({ offset: true, ...rule(EXPIRY_RULE) })
        .nullable()
        .optional()
        .meta({ description: 'Left out: it does not expire.' }),
    },
    rule('must be a JSON object'),
  )
  .meta({ id: 'CreateApiKey', examples: [{ name: 'Booking backend', expiresAt: '2027-01-31T12:00:00Z' }] });

export const apiKeySchema = z.object(apiKeyFields).meta({ id: 'ApiKey', examples: [apiKeyExample] });

export const createdApiKeySchema = z
  .object({
    ...apiKeyFields,
    secret: z.string().meta({ description: 'The key itself. Shown this once; keep it like a password.' }),
  })
  .meta({
    id: 'CreatedApiKey',
    examples: [{ ...apiKeyExample, secret: 'ov_live_' + 'x'.repeat(49) }],
  });

export const apiKeyPageSchema = pageOf('ApiKeyPage', apiKeySchema);

export type CreateApiKey = z.output<typeof createApiKeySchema>;
export type ApiKeyJson = z.output<typeof apiKeySchema>;
export type CreatedApiKeyJson = z.output<typeof createdApiKeySchema>;
