import { z } from 'zod';
import { isOrigin } from '../config.js';
import { rule, timestamp, uuid } from '../http/fields.js';

export const createCallTokenSchema = z
  .strictObject(
    {
      agentId: uuid.meta({ description: 'The published agent that the call may reach.' }),
      origin: z
        .string(rule('must be text'))
        .max(300, 'must be an origin such as https://shop.example')
        .refine(isOrigin, 'must be an origin such as https://shop.example')
        .optional()
        .meta({
          format: 'uri',
          description:
            "The browser origin that may use the token. Left out: the request's own origin when it is made with a session, " +
            'else only clients that send no Origin header.',
        }),
    },
    rule('must be a JSON object'),
  )
  .meta({
    id: 'CreateCallToken',
    examples: [{ agentId: '3f0c6a52-8a35-4d0e-9a59-0d4b6a1f2c77', origin: 'https://shop.example' }],
  });

export const callTokenSchema = z
  .object({
    token: z.string().meta({ description: 'Goes into the first message of the call. For one call, within 60 s.' }),
    expiresAt: timestamp,
    url: z.string().meta({ description: 'The WebSocket to open.', examples: ['wss://voice.example.com/stream'] }),
  })
  .meta({
    id: 'CallToken',
    examples: [{ token: 'eyJhbGciOi…', expiresAt: '2026-01-31T12:01:00.000Z', url: 'wss://voice.example.com/stream' }],
  });

export type CreateCallToken = z.output<typeof createCallTokenSchema>;
export type CallTokenJson = z.output<typeof callTokenSchema>;
