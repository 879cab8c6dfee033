import { z } from 'zod';
import { isOrigin } from '../config.js';
import { rule, timestamp, uuid } from '../http/fields.js';

export const createCallTokenSchema = z
  .strictObject(
    {
      agentId: uuid.meta({
        description: 'The agent that the call may reach: its published version, unless `draft` is set.',
      }),
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
      draft: z.boolean(rule('must be true or false')).optional().meta({
        description:
          "The call reaches the agent's draft, as it is when the call starts, so that it can be tried before it is published. The conversation says so.",
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
