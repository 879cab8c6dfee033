/** What happens to agents: one method per business event, counter and log line together. Ids and kinds only, no prompt. */
import { Inject, Injectable } from '@nestjs/common';
import { ModelCheckOutcome, type ModelCheck } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Registry } from 'prom-client';
import type { AgentEntity } from './agents/agent.entity.js';

export type AgentChange = 'created' | 'updated' | 'published' | 'restored' | 'deleted';
const RESOLUTIONS = ['published', 'unpublished', 'draft', 'no_draft', 'not_found'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
/** By `MODEL_CHECK_OUTCOME_…`. */
const CHECK_OUTCOMES = ['untried', 'accepted', 'refused', 'unreachable'] as const;

@Injectable()
export class AgentsEvents {
  private readonly changes: Counter<'change'>;
  private readonly modelChecks: Counter<'outcome'>;
  private readonly resolutions: Counter<'result'>;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    registry: Registry,
  ) {
    this.changes = new Counter({
      name: 'orbisvoice_agents_changes_total',
      help: 'Changes of agents, by kind',
      labelNames: ['change'],
      registers: [registry],
    });
    this.modelChecks = new Counter({
      name: 'orbisvoice_agents_model_checks_total',
      help: 'Models and voices tried before publishing, by outcome',
      labelNames: ['outcome'],
      registers: [registry],
    });
    this.resolutions = new Counter({
      name: 'orbisvoice_agents_resolutions_total',
      help: 'Look-ups of the published version, or the draft, for new calls, by result',
      labelNames: ['result'],
      registers: [registry],
    });
    for (const change of ['created', 'updated', 'published', 'restored', 'deleted'] as const)
      this.changes.inc({ change }, 0);
    for (const result of RESOLUTIONS) this.resolutions.inc({ result }, 0);
    for (const outcome of CHECK_OUTCOMES) this.modelChecks.inc({ outcome }, 0);
  }

  /** Who, what, which revision: a log line, which is no entry of the audit log. */
  agentChanged(change: AgentChange, agent: AgentEntity, caller: Caller): void {
    this.changes.inc({ change });
    this.log.info(
      {
        organizationId: agent.organizationId,
        actor: caller.subject,
        agentId: agent.id,
        revision: agent.revision,
        publishedVersion: agent.publishedVersion,
        draftVersion: agent.draftVersion,
      },
      `agent ${change}`,
    );
  }

  modelTried(check: ModelCheck | undefined, agentId: string): void {
    const outcome = CHECK_OUTCOMES.at(check?.outcome ?? ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNSPECIFIED) ?? 'untried';
    this.modelChecks.inc({ outcome });
    const isWell = outcome === 'accepted' || outcome === 'untried';
    if (!isWell) this.log.warn({ agentId, outcome, field: check?.field, detail: check?.detail }, 'model tried');
  }

  agentResolved(result: Resolution, agentId: string): void {
    this.resolutions.inc({ result });
    this.log.debug({ agentId, result }, 'agent resolved');
  }
}
