import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ModelCheckOutcome, type ModelCheck } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { organizationOf, requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, invalidField, notFound } from '@orbisvoice/service-kit/errors';
import { parsePage, toPage } from '@orbisvoice/service-kit/pages';
import type { EntityManager } from 'typeorm';
import { AgentsEvents } from '../events.js';
import { MODEL_CHECKER, type ModelChecker } from '../models/model-checker.js';
import { fromStored, type AgentConfig } from './agent-config.js';
import type { AgentVersionEntity } from './agent-version.entity.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import type { AgentEntity } from './agent.entity.js';
import { AgentsRepository } from './agents.repository.js';
import type { UpdateRequest } from './agents.requests.js';

/** What a call needs of an agent. */
interface ResolvedAgent {
  name: string;
  version: AgentVersionEntity;
  /** The agent's revision when it is the draft, else 0. */
  draftRevision: number;
}

/** Every agent that a method returns has its newest version joined. */
@Injectable()
export class AgentsService {
  constructor(
    private readonly database: Database,
    private readonly agents: AgentsRepository,
    private readonly versions: AgentVersionsRepository,
    private readonly events: AgentsEvents,
    @Inject(MODEL_CHECKER) private readonly models: ModelChecker,
  ) {}

  async create(caller: Caller, name: string, config: AgentConfig): Promise<AgentEntity> {
    const organizationId = memberOrganization(caller);
    const now = new Date();
    const agent: AgentEntity = {
      id: randomUUID(),
      organizationId,
      name,
      publishedVersion: 0,
      draftVersion: 1,
      revision: 1,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    const version = newVersion(agent, config, { now });
    await this.database.withTenant(organizationId, async (tx) => {
      await this.agents.insert(tx, agent);
      await this.versions.insert(tx, version);
    });
    this.events.agentChanged('created', agent, caller);
    return { ...agent, version };
  }

  /** @throws DomainError `not_found` */
  async get(caller: Caller, id: string): Promise<AgentEntity> {
    const organizationId = memberOrganization(caller);
    return await this.database.withTenant(organizationId, async (tx) => await this.load(tx, organizationId, id));
  }

  async list(caller: Caller, pageSize: number, pageToken: string) {
    const organizationId = memberOrganization(caller);
    const page = parsePage(pageSize, pageToken);
    const rows = await this.database.withTenant(
      organizationId,
      async (tx) => await this.agents.list(tx, organizationId, page),
    );
    return toPage(rows, page.size);
  }

  /** @throws DomainError `not_found`; `conflict` when expectedRevision is stale */
  async update(caller: Caller, request: UpdateRequest): Promise<AgentEntity> {
    return await this.change(caller, 'updated', request.id, async (tx, agent) => {
      const { name, config, expectedRevision } = request;
      if (expectedRevision !== undefined && expectedRevision !== agent.revision) {
        throw new DomainError('conflict', `The agent was changed meanwhile: it is at revision ${agent.revision}.`, {
          violations: [{ field: 'expected_revision', message: `must be ${agent.revision}` }],
        });
      }
      if (name === undefined && config === undefined) return false;
      agent.name = name ?? agent.name;
      if (config) await this.writeDraft(tx, agent, config, 0);
      return true;
    });
  }

  /** @throws DomainError `not_found` */
  async delete(caller: Caller, id: string): Promise<void> {
    const organizationId = memberOrganization(caller);
    const deleted = await this.database.withTenant(organizationId, async (tx) => {
      const agent = await this.lock(tx, organizationId, id);
      agent.deletedAt = new Date();
      await this.save(tx, agent);
      return agent;
    });
    this.events.agentChanged('deleted', deleted, caller);
  }

  /** @throws DomainError `not_found` */
  async listVersions(caller: Caller, agentId: string, pageSize: number, pageToken: string) {
    const organizationId = memberOrganization(caller);
    const page = parsePage(pageSize, pageToken);
    const rows = await this.database.withTenant(organizationId, async (tx) => {
      await this.load(tx, organizationId, agentId);
      return await this.versions.list(tx, { organizationId, agentId }, page);
    });
    return toPage(rows, page.size);
  }

  /**
   * Tries the draft's model and voice first, and with no transaction open: a provider may take seconds.
   * @throws DomainError `not_found`; `failed_precondition` without a draft; `invalid_argument` when the provider refuses the model or the
   * voice; `conflict` when the draft was changed meanwhile
   */
  async publish(caller: Caller, id: string): Promise<{ agent: AgentEntity; modelCheck: ModelCheck | undefined }> {
    const tried = await this.get(caller, id);
    refuseWithoutDraft(tried);
    const config = fromStored(tried.version!.config); // `get` joins it
    const modelCheck = await this.models.check(caller, config);
    this.events.modelTried(modelCheck, id);
    refuseBadModel(modelCheck, config);
    const published = await this.change(caller, 'published', id, async (tx, agent) => {
      refuseWithoutDraft(agent);
      if (agent.revision !== tried.revision) {
        throw new DomainError('conflict', 'The agent was changed while it was being published. Publish it again.', {
          retryable: true,
        });
      }
      await this.versions.update(tx, keyOf(agent, agent.draftVersion), { publishedAt: new Date() });
      agent.publishedVersion = agent.draftVersion;
      agent.draftVersion = 0;
      return true;
    });
    return { agent: published, modelCheck };
  }

  /** @throws DomainError `not_found`; `invalid_argument` when the version is the draft itself */
  async restore(caller: Caller, id: string, number: number): Promise<AgentEntity> {
    return await this.change(caller, 'restored', id, async (tx, agent) => {
      if (number === agent.draftVersion) throw invalidField('version', 'must be older than the draft');
      const source = await this.versions.find(tx, keyOf(agent, number));
      if (!source) throw new DomainError('not_found', `The agent has no version ${number}.`);
      await this.writeDraft(tx, agent, fromStored(source.config), number);
      return true;
    });
  }

  /**
   * The published version, for a call that is about to start. Any caller that acts for an organization may ask.
   * @throws DomainError `not_found`; `failed_precondition` when never published
   */
  async resolve(caller: Caller, id: string): Promise<ResolvedAgent> {
    const organizationId = organizationOf(caller);
    const agent = await this.database.withTenant(
      organizationId,
      async (tx) => await this.agents.findPublished(tx, organizationId, id),
    );
    this.events.agentResolved(agent ? (agent.version ? 'published' : 'unpublished') : 'not_found', id);
    if (!agent) throw notFound('agent', id);
    if (!agent.version) throw new DomainError('failed_precondition', 'The agent was never published.');
    return { name: agent.name, version: agent.version, draftRevision: 0 };
  }

  /**
   * The draft, for a call that tries it out.
   * @throws DomainError `not_found`; `failed_precondition` without a draft; `permission_denied` for who may not write agents
   */
  async resolveDraft(caller: Caller, id: string): Promise<ResolvedAgent> {
    const organizationId = memberOrganization(caller);
    const agent = await this.database.withTenant(
      organizationId,
      async (tx) => await this.agents.find(tx, organizationId, id),
    );
    const version = agent?.draftVersion === agent?.version?.version ? agent?.version : undefined;
    this.events.agentResolved(agent ? (version ? 'draft' : 'no_draft') : 'not_found', id);
    if (!agent) throw notFound('agent', id);
    if (!version)
      throw new DomainError('failed_precondition', 'The agent has no draft: its published version is the newest.');
    return { name: agent.name, version, draftRevision: agent.revision };
  }

  /** Locks the agent, lets `edit` change it, and saves it as a new revision unless `edit` returns false. */
  private async change(
    caller: Caller,
    change: 'updated' | 'published' | 'restored',
    id: string,
    edit: (tx: EntityManager, agent: AgentEntity) => Promise<boolean>,
  ): Promise<AgentEntity> {
    const organizationId = memberOrganization(caller);
    const { agent, changed } = await this.database.withTenant(organizationId, async (tx) => {
      const locked = await this.lock(tx, organizationId, id);
      const edited = await edit(tx, locked);
      if (edited) await this.save(tx, locked);
      return { agent: await this.load(tx, organizationId, id), changed: edited };
    });
    if (changed) this.events.agentChanged(change, agent, caller);
    return agent;
  }

  /** A published version never changes: without a draft, the next version opens as one. */
  private async writeDraft(
    tx: EntityManager,
    agent: AgentEntity,
    config: AgentConfig,
    restoredFromVersion: number,
  ): Promise<void> {
    if (agent.draftVersion > 0) {
      await this.versions.update(tx, keyOf(agent, agent.draftVersion), { config, restoredFromVersion });
      return;
    }
    agent.draftVersion = agent.publishedVersion + 1;
    await this.versions.insert(tx, newVersion(agent, config, { now: new Date(), restoredFromVersion }));
  }

  private async save(tx: EntityManager, agent: AgentEntity): Promise<void> {
    agent.revision += 1;
    agent.updatedAt = new Date();
    await this.agents.update(tx, agent);
  }

  private async lock(tx: EntityManager, organizationId: string, id: string): Promise<AgentEntity> {
    const agent = await this.agents.lock(tx, organizationId, id);
    if (!agent) throw notFound('agent', id);
    return agent;
  }

  private async load(tx: EntityManager, organizationId: string, id: string): Promise<AgentEntity> {
    const agent = await this.agents.find(tx, organizationId, id);
    if (!agent) throw notFound('agent', id);
    return agent;
  }
}

function memberOrganization(caller: Caller): string {
  requireRole(caller, 'member');
  return organizationOf(caller);
}

function refuseWithoutDraft({ draftVersion }: AgentEntity): void {
  if (draftVersion > 0) return;
  throw new DomainError('failed_precondition', 'There is nothing to publish: the agent has no draft.');
}

/** What is not the agent's fault, a key that has expired say, is told and keeps nobody from publishing. */
function refuseBadModel(check: ModelCheck | undefined, config: AgentConfig): void {
  if (check?.outcome !== ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED) return;
  const { field, detail } = check;
  if (field !== 'model' && field !== 'voice') return;
  throw invalidField(`config.${field}`, `the model provider refuses ${JSON.stringify(config[field])}: ${detail}`);
}

function keyOf(agent: AgentEntity, version: number) {
  return { organizationId: agent.organizationId, agentId: agent.id, version };
}

/** The agent's draft, as a row. */
function newVersion(
  agent: AgentEntity,
  config: AgentConfig,
  made: { now: Date; restoredFromVersion?: number },
): AgentVersionEntity {
  return {
    id: randomUUID(),
    organizationId: agent.organizationId,
    agentId: agent.id,
    version: agent.draftVersion,
    config,
    publishedAt: null,
    restoredFromVersion: made.restoredFromVersion ?? 0,
    createdAt: made.now,
  };
}
