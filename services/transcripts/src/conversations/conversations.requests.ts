import { z } from 'zod';

const uuid = z.uuid('must be a UUID').toLowerCase();

export const listRequest = z.object({
  pageSize: z.number(),
  pageToken: z.string(),
  agentId: uuid.or(z.literal('')),
});

export const getRequest = z.object({
  id: uuid,
  pageSize: z.number().default(0),
  pageToken: z.string().default(''),
});
export type GetRequest = z.output<typeof getRequest>;
