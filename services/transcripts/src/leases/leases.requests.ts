import { z } from 'zod';
import { storedCount, uuid } from '../append/append.fields.js';

export const MAX_HELD = 1_000;

export const renewRequest = z.object({
  held: z
    .array(z.object({ organizationId: uuid, conversationId: uuid, fence: storedCount }))
    .min(1, `must be 1 to ${MAX_HELD}`)
    .max(MAX_HELD, `must be 1 to ${MAX_HELD}`),
});
export type RenewRequest = z.output<typeof renewRequest>;
