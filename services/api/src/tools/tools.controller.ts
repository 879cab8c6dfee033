import { Body, Controller, Delete, Get, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RequestCaller } from '../auth/identity.js';
import { TOOLS, type ToolsClient } from '../clients.js';
import { idParameter, type IdParameter } from '../http/fields.js';
import { LARGE_BODY_BYTES } from '../http/json-body.js';
import { Operation } from '../http/operation.decorator.js';
import { pageQuery, toPage, toPageRequest, type PageQuery } from '../http/pages.js';
import { toDefinition, toToolJson } from './tool.mapping.js';
import { toolInputSchema, toolPageSchema, toolSchema, type ToolInput, type ToolJson } from './tool.schemas.js';

@ApiTags('Tools')
@Controller('v1/tools')
export class ToolsController {
  constructor(@Inject(TOOLS) private readonly tools: ToolsClient) {}

  @Post()
  @Operation({
    operationId: 'createTool',
    summary: 'Create a tool',
    description: "Name the tool's id in an agent's `toolIds` to let the agent call it.",
    status: 201,
    response: toolSchema,
    responseDescription: 'The new tool.',
    responseHeaders: { Location: 'Where the tool can be read.' },
    problems: { 409: {} },
    body: true,
    maxBodyBytes: LARGE_BODY_BYTES,
  })
  async create(
    @Body({ schema: toolInputSchema }) body: ToolInput,
    @RequestCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ToolJson> {
    const { tool } = await this.tools.createTool({ definition: toDefinition(body) }, { caller });
    const json = toToolJson(tool);
    reply.header('location', `/v1/tools/${json.id}`);
    return json;
  }

  @Get()
  @Operation({
    operationId: 'listTools',
    summary: 'List tools',
    description: 'Newest first.',
    status: 200,
    response: toolPageSchema,
    responseDescription: 'A page of tools.',
  })
  async list(@Query({ schema: pageQuery }) query: PageQuery, @RequestCaller() caller: Caller) {
    const { tools, nextPageToken } = await this.tools.listTools(toPageRequest(query), { caller });
    return toPage(tools.map(toToolJson), nextPageToken);
  }

  @Get(':id')
  @Operation({
    operationId: 'getTool',
    summary: 'Read a tool',
    description: 'Its whole definition.',
    status: 200,
    response: toolSchema,
    responseDescription: 'The tool.',
    problems: { 404: {} },
  })
  async get(@Param({ schema: idParameter }) { id }: IdParameter, @RequestCaller() caller: Caller): Promise<ToolJson> {
    const { tool } = await this.tools.getTool({ id }, { caller });
    return toToolJson(tool);
  }

  @Put(':id')
  @Operation({
    operationId: 'replaceTool',
    summary: 'Replace a tool',
    description: 'Replaces the whole definition. Calls that run keep the one they started with.',
    status: 200,
    response: toolSchema,
    responseDescription: 'The changed tool.',
    problems: { 404: {}, 409: {} },
    body: true,
    maxBodyBytes: LARGE_BODY_BYTES,
  })
  async replace(
    @Param({ schema: idParameter }) { id }: IdParameter,
    @Body({ schema: toolInputSchema }) body: ToolInput,
    @RequestCaller() caller: Caller,
  ): Promise<ToolJson> {
    const { tool } = await this.tools.updateTool({ id, definition: toDefinition(body) }, { caller });
    return toToolJson(tool);
  }

  @Delete(':id')
  @Operation({
    operationId: 'deleteTool',
    summary: 'Delete a tool',
    description: 'Agents that name it go on without it.',
    status: 204,
    responseDescription: 'The tool is gone.',
    problems: { 404: {} },
  })
  async delete(@Param({ schema: idParameter }) { id }: IdParameter, @RequestCaller() caller: Caller): Promise<void> {
    await this.tools.deleteTool({ id }, { caller });
  }
}
