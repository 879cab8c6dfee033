import { z } from 'zod';

/** Arguments are checked later, against the tool's own schema. */
export const executeRequest = z.object({
  toolId: z.string().max(200, 'must be a UUID').toLowerCase(),
  conversationId: z.uuid('must be a UUID').toLowerCase(),
  toolCallId: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must have 1 to 200 visible ASCII characters'),
  argumentsJson: z.string(),
});
export type ExecuteRequest = z.output<typeof executeRequest>;
