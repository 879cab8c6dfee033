import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import type { z } from 'zod';
import { toAgentMessage, toVersionMessage } from './agents.messages.js';
import * as requests from './agents.requests.js';
import { AgentsService } from './agents.service.js';

@Controller()
export class AgentsController {
  constructor(private readonly agents: AgentsService) {}

  @GrpcMethod('AgentsService', 'createAgent')
  async createAgent(
    @Payload({ schema: requests.createRequest }) request: z.output<typeof requests.createRequest>,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CreateAgentResponse> {
    return { agent: toAgentMessage(await this.agents.create(caller, request.name, request.config)) };
  }

  @GrpcMethod('AgentsService', 'getAgent')
  async getAgent(
    @Payload({ schema: requests.agentRequest }) request: rpc.GetAgentRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.GetAgentResponse> {
    return { agent: toAgentMessage(await this.agents.get(caller, request.id)) };
  }

  @GrpcMethod('AgentsService', 'listAgents')
  async listAgents(
    @Payload({ schema: requests.listRequest }) request: rpc.ListAgentsRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ListAgentsResponse> {
    const { items, nextPageToken } = await this.agents.list(caller, request.pageSize, request.pageToken);
    return { agents: items.map(toAgentMessage), nextPageToken };
  }

  @GrpcMethod('AgentsService', 'updateAgent')
  async updateAgent(
    @Payload({ schema: requests.updateRequest }) request: requests.UpdateRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.UpdateAgentResponse> {
    return { agent: toAgentMessage(await this.agents.update(caller, request)) };
  }

  @GrpcMethod('AgentsService', 'deleteAgent')
  async deleteAgent(
    @Payload({ schema: requests.agentRequest }) request: rpc.DeleteAgentRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.DeleteAgentResponse> {
    await this.agents.delete(caller, request.id);
    return {};
  }

  @GrpcMethod('AgentsService', 'listAgentVersions')
  async listAgentVersions(
    @Payload({ schema: requests.listVersionsRequest }) request: rpc.ListAgentVersionsRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ListAgentVersionsResponse> {
    const { agentId, pageSize, pageToken } = request;
    const { items, nextPageToken } = await this.agents.listVersions(caller, agentId, pageSize, pageToken);
    return { versions: items.map(toVersionMessage), nextPageToken };
  }

  @GrpcMethod('AgentsService', 'publishAgent')
  async publishAgent(
    @Payload({ schema: requests.agentRequest }) request: rpc.PublishAgentRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.PublishAgentResponse> {
    const { agent, modelCheck } = await this.agents.publish(caller, request.id);
    return { agent: toAgentMessage(agent), modelCheck };
  }

  @GrpcMethod('AgentsService', 'restoreAgentVersion')
  async restoreAgentVersion(
    @Payload({ schema: requests.restoreRequest }) request: rpc.RestoreAgentVersionRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.RestoreAgentVersionResponse> {
    return { agent: toAgentMessage(await this.agents.restore(caller, request.agentId, request.version)) };
  }

  @GrpcMethod('AgentsService', 'resolveAgent')
  async resolveAgent(
    @Payload({ schema: requests.resolveRequest }) request: rpc.ResolveAgentRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ResolveAgentResponse> {
    const { name, version, draftRevision } = request.draft
      ? await this.agents.resolveDraft(caller, request.agentId)
      : await this.agents.resolve(caller, request.agentId);
    return { name, version: toVersionMessage(version), draftRevision };
  }
}
