import type { FastifyReply } from 'fastify';
import type { Agent } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { toAgentJson } from './agent.mapping.js';
import type { AgentJson } from './agent.schemas.js';
import { toEtag } from './etag.js';

/** What the OpenAPI document says about the header of such an answer. */
export const ETAG_HEADER = { ETag: "The agent's revision, for If-Match." };

/** The agent as JSON, with its revision in the ETag header. */
export function answerAgent(agent: Agent | undefined, reply: FastifyReply): AgentJson {
  const json = toAgentJson(agent);
  reply.header('etag', toEtag(json.revision));
  return json;
}
