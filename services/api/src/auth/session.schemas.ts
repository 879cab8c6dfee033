import { z } from 'zod';
import { oneOf, rule, timestamp, uuid } from '../http/fields.js';
import { organizationSchema } from '../organization/organization.schemas.js';

export const redeemSignInLinkSchema = z
  .strictObject(
    { token: z.string(rule('must be text')).min(1, 'is required').max(4_096, 'must have at most 4096 characters') },
    rule('must be a JSON object'),
  )
  .meta({ id: 'RedeemSignInLink', examples: [{ token: 'Zk3v…' }] });

export const whoAmISchema = z
  .object({
    kind: oneOf(['api-key', 'session']).meta({ description: 'What the request proved itself with.' }),
    id: uuid.meta({ description: 'Of the API key or of the session.' }),
    organization: organizationSchema,
    expiresAt: timestamp.nullable().meta({ description: 'When the session ends. Null for an API key.' }),
  })
  .meta({
    id: 'WhoAmI',
    examples: [
      {
        kind: 'session' as const,
        id: 'a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d',
        organization: {
          id: '0f5d2c6e-1b7a-4f3e-9c8d-2a4b6c8d0e1f',
          name: 'Dental Practice Miller',
          slug: 'dental-miller',
          createdAt: '2026-01-31T12:00:00.000Z',
        },
        expiresAt: '2026-02-07T12:00:00.000Z',
      },
    ],
  });

export type RedeemSignInLink = z.output<typeof redeemSignInLinkSchema>;
export type WhoAmI = z.output<typeof whoAmISchema>;
