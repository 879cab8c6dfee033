import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import type { z } from 'zod';
import { toToolMessage } from './tools.messages.js';
import * as requests from './tools.requests.js';
import { ToolsService, type OpenedTool } from './tools.service.js';

@Controller()
export class ToolsController {
  constructor(private readonly tools: ToolsService) {}

  @GrpcMethod('ToolsService', 'createTool')
  async createTool(
    @Payload({ schema: requests.createRequest }) request: z.output<typeof requests.createRequest>,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CreateToolResponse> {
    return { tool: toMessage(await this.tools.create(caller, request.definition)) };
  }

  @GrpcMethod('ToolsService', 'getTool')
  async getTool(
    @Payload({ schema: requests.toolRequest }) request: rpc.GetToolRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.GetToolResponse> {
    return { tool: toMessage(await this.tools.get(caller, request.id)) };
  }

  @GrpcMethod('ToolsService', 'listTools')
  async listTools(
    @Payload({ schema: requests.listRequest }) request: rpc.ListToolsRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ListToolsResponse> {
    const { items, nextPageToken } = await this.tools.list(caller, request.pageSize, request.pageToken);
    return { tools: items.map(toMessage), nextPageToken };
  }

  @GrpcMethod('ToolsService', 'updateTool')
  async updateTool(
    @Payload({ schema: requests.updateRequest }) request: z.output<typeof requests.updateRequest>,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.UpdateToolResponse> {
    return { tool: toMessage(await this.tools.update(caller, request.id, request.definition)) };
  }

  @GrpcMethod('ToolsService', 'deleteTool')
  async deleteTool(
    @Payload({ schema: requests.toolRequest }) request: rpc.DeleteToolRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.DeleteToolResponse> {
    await this.tools.delete(caller, request.id);
    return {};
  }

  @GrpcMethod('ToolsService', 'resolveTools')
  async resolveTools(
    @Payload({ schema: requests.resolveRequest }) request: rpc.ResolveToolsRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.ResolveToolsResponse> {
    const tools = await this.tools.resolve(caller, request.ids);
    return { tools: tools.map((tool) => toToolMessage(tool, {})) };
  }
}

function toMessage({ tool, headers }: OpenedTool): rpc.Tool {
  return toToolMessage(tool, headers);
}
