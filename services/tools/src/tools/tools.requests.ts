/** What callers may send to manage tools. */
import { z } from 'zod';
import { toolDefinition } from './tool-definition.js';

const MAX_RESOLVED = 128;

/** Ids are looked up as they come: what is not a UUID is not found. */
const id = z.string().max(200, 'must be a UUID').toLowerCase();

export const createRequest = z.object({ definition: toolDefinition });
export const updateRequest = z.object({ id, definition: toolDefinition });
export const toolRequest = z.object({ id });
export const listRequest = z.object({ pageSize: z.number(), pageToken: z.string() });
export const resolveRequest = z.object({ ids: z.array(id).max(MAX_RESOLVED, `must be at most ${MAX_RESOLVED}`) });
