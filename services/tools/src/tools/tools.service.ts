import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { organizationOf, requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database, isUniqueViolation } from '@orbisvoice/service-kit/database';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import { OutboundClient } from '@orbisvoice/service-kit/outbound/outbound-client';
import { OutboundError } from '@orbisvoice/service-kit/outbound/outbound-error';
import { parsePage, toPage } from '@orbisvoice/service-kit/pages';
import { SchemaChecks } from '../arguments/schema-checks.js';
import { ToolsEvents } from '../events.js';
import { unmaskHeaders } from './header-rules.js';
import { HeaderVault } from './header-vault.js';
import type { ToolDefinition } from './tool-definition.js';
import type { ToolEntity } from './tool.entity.js';
import { ToolsRepository } from './tools.repository.js';
import { placeholdersOf } from './url-template.js';

/** A tool and its headers, decrypted. */
export interface OpenedTool {
  tool: ToolEntity;
  headers: Record<string, string>;
}

@Injectable()
export class ToolsService {
  constructor(
    private readonly database: Database,
    private readonly tools: ToolsRepository,
    private readonly vault: HeaderVault,
    private readonly outbound: OutboundClient,
    private readonly schemas: SchemaChecks,
    private readonly events: ToolsEvents,
  ) {}

  /** @throws DomainError `conflict` when the organization has a tool of that name; `invalid_argument` for a masked header or a forbidden address */
  async create(caller: Caller, definition: ToolDefinition): Promise<OpenedTool> {
    const organizationId = memberOrganization(caller);
    await this.checkTarget(definition);
    await this.checkSchema(organizationId, definition);
    const now = new Date();
    const headers = this.resolveHeaders(definition, {});
    const tool = this.toEntity(definition, headers, {
      id: randomUUID(),
      organizationId,
      createdAt: now,
      updatedAt: now,
    });
    await this.database
      .withTenant(organizationId, async (tx) => await this.tools.insert(tx, tool))
      .catch(rethrowNameTaken(definition.name));
    this.events.toolChanged('created', tool, caller);
    return { tool, headers };
  }

  /** @throws DomainError `not_found` */
  async get(caller: Caller, id: string): Promise<OpenedTool> {
    const organizationId = memberOrganization(caller);
    const tool = await this.database.withTenant(
      organizationId,
      async (tx) => await this.tools.find(tx, organizationId, id),
    );
    if (!tool) throw notFound('tool', id);
    return this.opened(tool);
  }

  async list(
    caller: Caller,
    pageSize: number,
    pageToken: string,
  ): Promise<{ items: OpenedTool[]; nextPageToken: string }> {
    const organizationId = memberOrganization(caller);
    const page = parsePage(pageSize, pageToken);
    const rows = await this.database.withTenant(
      organizationId,
      async (tx) => await this.tools.list(tx, organizationId, page),
    );
    const { items, nextPageToken } = toPage(rows, page.size);
    return { items: items.map((tool) => this.opened(tool)), nextPageToken };
  }

  /**
   * Masked header values keep what is stored, as long as the URL's origin stays the same.
   * @throws DomainError `not_found`, `conflict`, `invalid_argument`
   */
  async update(caller: Caller, id: string, definition: ToolDefinition): Promise<OpenedTool> {
    const organizationId = memberOrganization(caller);
    await this.checkTarget(definition);
    await this.checkSchema(organizationId, definition);
    const opened = await this.database
      .withTenant(organizationId, async (tx) => {
        const old = await this.tools.lock(tx, organizationId, id);
        if (!old) throw notFound('tool', id);
        const sameOrigin = definition.http && old.httpUrl && originOf(definition.http.url) === originOf(old.httpUrl);
        const headers = this.resolveHeaders(definition, sameOrigin ? this.opened(old).headers : {});
        // The time also tells compiled schemas apart, so it moves on with every change.
        const updatedAt = new Date(Math.max(Date.now(), old.updatedAt.getTime() + 1));
        const tool = this.toEntity(definition, headers, { ...old, updatedAt });
        await this.tools.update(tx, tool);
        return { tool, headers };
      })
      .catch(rethrowNameTaken(definition.name));
    this.events.toolChanged('updated', opened.tool, caller);
    return opened;
  }

  /** Outcomes of its executions stay. @throws DomainError `not_found` */
  async delete(caller: Caller, id: string): Promise<void> {
    const organizationId = memberOrganization(caller);
    const deleted = await this.database.withTenant(
      organizationId,
      async (tx) => await this.tools.delete(tx, organizationId, id),
    );
    if (!deleted) throw notFound('tool', id);
    this.events.toolChanged('deleted', { id, organizationId }, caller);
  }

  /** For a call that is about to start, in the order of `ids`, without headers. Any caller that acts for an organization may ask. */
  async resolve(caller: Caller, ids: string[]): Promise<ToolEntity[]> {
    const organizationId = organizationOf(caller);
    const found = await this.database.withTenant(
      organizationId,
      async (tx) => await this.tools.findMany(tx, organizationId, ids),
    );
    const byId = new Map(found.map((tool) => [tool.id, tool]));
    return [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
  }

  /** Where the guard would refuse every call, the one who configures it hears so, and not a caller. @throws DomainError */
  private async checkTarget({ http }: ToolDefinition): Promise<void> {
    if (!http) return;
    try {
      await this.outbound.checkTarget(exampleOf(http.url));
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw invalidField('definition.http.url', `can not be called: ${error.message}`);
    }
  }

  private async checkSchema(organizationId: string, definition: ToolDefinition): Promise<void> {
    await this.schemas.check(organizationId, 'definition.parameters_json_schema', definition.parametersJsonSchema);
  }

  private opened(tool: ToolEntity): OpenedTool {
    const owner = { organizationId: tool.organizationId, toolId: tool.id };
    return { tool, headers: tool.sealedHeaders ? this.vault.open(tool.sealedHeaders, owner) : {} };
  }

  private resolveHeaders(definition: ToolDefinition, stored: Record<string, string>): Record<string, string> {
    const resolved = unmaskHeaders(definition.http?.headers ?? {}, stored);
    if ('rule' in resolved) throw invalidField('definition.http.headers', resolved.rule);
    return resolved.headers;
  }

  private toEntity(
    definition: ToolDefinition,
    headers: Record<string, string>,
    row: Pick<ToolEntity, 'id' | 'organizationId' | 'createdAt' | 'updatedAt'>,
  ): ToolEntity {
    const { name, description, parametersJsonSchema, timeoutMs, http, builtIn } = definition;
    const { id, organizationId, createdAt, updatedAt } = row;
    const sealed = Object.keys(headers).length > 0 ? this.vault.seal(headers, { organizationId, toolId: id }) : null;
    return {
      id,
      organizationId,
      createdAt,
      updatedAt,
      name,
      description,
      parametersJsonSchema,
      timeoutMs,
      kind: http ? 'http' : 'built_in',
      httpMethod: http?.method ?? null,
      httpUrl: http?.url ?? null,
      sealedHeaders: sealed,
      builtInFunction: builtIn?.function ?? null,
    };
  }
}

function memberOrganization(caller: Caller): string {
  requireRole(caller, 'member');
  return organizationOf(caller);
}

function originOf(url: string): string {
  return exampleOf(url).origin;
}

/** With something in its placeholders. */
function exampleOf(url: string): URL {
  return new URL(placeholdersOf(url).reduce((text, name) => text.replaceAll(`{${name}}`, 'x'), url));
}

function rethrowNameTaken(name: string) {
  return (error: unknown): never => {
    if (!isUniqueViolation(error, 'tools_name')) throw error;
    throw new DomainError('conflict', `The organization already has a tool named ${JSON.stringify(name)}.`, {
      violations: [{ field: 'definition.name', message: 'must be unique within the organization' }],
    });
  };
}
