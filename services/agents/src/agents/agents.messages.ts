/** Rows as messages of agents.proto. */
import type { Agent, AgentVersion } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { toOptionalTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { fromStored } from './agent-config.js';
import type { AgentVersionEntity } from './agent-version.entity.js';
import type { AgentEntity } from './agent.entity.js';

/** `agent.version` must be joined: the draft, or without one the published version. */
export function toAgentMessage(agent: AgentEntity): Agent {
  return {
    id: agent.id,
    name: agent.name,
    publishedVersion: agent.publishedVersion,
    draftVersion: agent.draftVersion,
    revision: agent.revision,
    config: agent.version ? toConfigMessage(agent.version) : undefined,
    createdAt: toTimestamp(agent.createdAt),
    updatedAt: toTimestamp(agent.updatedAt),
  };
}

export function toVersionMessage(version: AgentVersionEntity): AgentVersion {
  return {
    agentId: version.agentId,
    version: version.version,
    config: toConfigMessage(version),
    publishedAt: toOptionalTimestamp(version.publishedAt),
    createdAt: toTimestamp(version.createdAt),
    restoredFromVersion: version.restoredFromVersion,
  };
}

function toConfigMessage(version: AgentVersionEntity): NonNullable<Agent['config']> {
  return { ...fromStored(version.config), turnDetection: version.config.turnDetection };
}
