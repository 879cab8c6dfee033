/** What callers may send. Field names are those of agents.proto; the validation pipe reports them in snake case. */
import { z } from 'zod';
import { agentConfig } from './agent-config.js';
import { text } from '@orbisvoice/service-kit/stored-text';

const id = z.uuid('must be a UUID').toLowerCase();
const name = text({ min: 1, max: 100 });

export const agentRequest = z.object({ id });
export const resolveRequest = z.object({ agentId: id, draft: z.boolean() });
export const createRequest = z.object({ name, config: agentConfig });

export const updateRequest = z.object({
  id,
  name: name.optional(),
  config: agentConfig.optional(),
  expectedRevision: z.number().optional(),
});
export type UpdateRequest = z.output<typeof updateRequest>;

export const listRequest = z.object({ pageSize: z.number(), pageToken: z.string() });
export const listVersionsRequest = listRequest.extend({ agentId: id });

export const restoreRequest = z.object({
  agentId: id,
  version: z
    .int()
    .min(1, 'must be at least 1')
    .max(2 ** 31 - 1, 'must be the number of a version'),
});
