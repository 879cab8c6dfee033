/** From a `call.start` to a call: who asks, which agent version, which tools, and a connection to the provider. */
import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { INPUT_SAMPLE_RATE_HZ, OUTPUT_SAMPLE_RATE_HZ } from '@orbisvoice/client/protocol/audio-frame';
import type { RedeemCallTokenResponse } from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { CallStart, CallStarted } from '@orbisvoice/client/protocol/messages';
import {
  Sensitivity,
  type AgentConfig,
  type ResolveAgentResponse,
} from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { Channel } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { DomainError, toDomainError } from '@orbisvoice/service-kit/errors';
import { failSpan, Tracing } from '@orbisvoice/service-kit/telemetry/tracing';
import { Admission } from '../admission/admission.js';
import { Clients, CONFIG, GATEWAY_CALLER } from '../clients.js';
import type { Config } from '../config.js';
import { GatewayEvents } from '../events.js';
import { PROVIDER, type RealtimeProvider, type SessionSetup } from '../provider/provider.js';
import { ToolRunner, type CallTool } from '../tools/tool-runner.js';
import { Call } from './call.js';
import type { CallOptions } from './call-options.js';
import { CallSetup } from './call-setup.js';
import type { ClientLink } from './client-line.js';
import { CallRegistry } from './call-registry.js';
import {
  CALL_STORE,
  type CallFacts,
  type CallProgress,
  type CallStore,
  type ClaimedCall,
} from './handover/call-store.js';
import { Journal, type EventKind } from './journal.js';

const DEFAULT_MAX_CALL_S = 3_600;

export interface StartRequest {
  start: CallStart;
  /** The Origin header, '' when there is none. */
  origin: string;
  client: ClientLink;
  /** The token is good: from now on the connection counts as a caller's. */
  proved(): void;
}

@Injectable()
export class CallStarter {
  constructor(
    @Inject(Clients) private readonly clients: Clients,
    @Inject(PROVIDER) private readonly provider: RealtimeProvider,
    @Inject(CallRegistry) private readonly registry: CallRegistry,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CALL_STORE) private readonly store: CallStore,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Tracing) private readonly tracing: Tracing,
  ) {}

  /** @throws DomainError that says why there is no call */
  async start(request: StartRequest): Promise<Call> {
    return await this.tracing.tracer.startActiveSpan('start_call', async (span) => {
      try {
        const call = await this.begin(request);
        span.setAttribute('gen_ai.conversation.id', call.id);
        return call;
      } catch (thrown) {
        failSpan(span, toDomainError(thrown).kind);
        throw thrown;
      } finally {
        span.end();
      }
    });
  }

  private async begin({ start, origin, client, proved }: StartRequest): Promise<Call> {
    const id = randomUUID();
    const callSetup = new CallSetup((passed) => this.events.setupStagePassed(id, passed));
    const token = await this.clients.accounts.redeemCallToken(
      { token: start.token, agentId: start.agentId ?? '', origin },
      { caller: GATEWAY_CALLER },
    );
    proved();
    if (start.resumeTicket !== undefined) return await this.resume(start.resumeTicket, token, client);
    callSetup.passed('token');
    const caller: Caller = { organizationId: token.organizationId, subject: `call:${id}`, roles: ['member'] };
    this.admission.checkNewCall();
    const agent = await this.clients.agents.resolveAgent({ agentId: token.agentId, draft: token.draft }, { caller });
    const tools = await this.resolveTools(agent, caller);
    await this.admission.takePlace(token.organizationId, id);
    callSetup.passed('agent');
    try {
      return this.open({ id, caller, agentId: token.agentId, subject: token.subject, agent, tools, client, callSetup });
    } catch (error) {
      this.admission.giveBackPlace(token.organizationId, id);
      throw error;
    }
  }

  /** A client that lost its connection comes back: with a fresh token of the same organization and agent, and its ticket. */
  private async resume(ticket: string, token: RedeemCallTokenResponse, client: ClientLink): Promise<Call> {
    const here = this.registry.findByTicket(ticket);
    if (here) {
      checkOwner(token, here.organizationId, here.agentId);
      here.attachClient(client);
      this.events.clientReattached(here.id);
      return here;
    }
    this.admission.takeResumePlace(ticket);
    try {
      const claimed = await this.claim(ticket);
      if (!claimed) throw ticketRefused();
      checkOwner(token, claimed.facts.organizationId, claimed.facts.agentId);
      const call = this.takeOver(claimed, client);
      this.events.callTakenOver(call.id);
      return call;
    } finally {
      this.admission.giveBackResumePlace(ticket);
    }
  }

  private async claim(ticket: string): Promise<ClaimedCall | undefined> {
    try {
      return await this.store.claim(ticket);
    } catch (cause) {
      throw new DomainError('unavailable', 'The call can not be taken over at the moment.', {
        cause,
        retryAfterMs: 500,
      });
    }
  }

  /** Goes on with a call that another gateway held. `client` is undefined for one whose client has not come back. */
  takeOver(claimed: ClaimedCall, client: ClientLink | undefined): Call {
    const { facts, progress, fence } = claimed;
    const caller: Caller = { organizationId: facts.organizationId, subject: `call:${facts.id}`, roles: ['member'] };
    const call = this.hold({ facts, caller, greeting: '', fence, restored: progress, client: undefined });
    if (client) call.attachClient(client);
    return call;
  }

  /** Stores what is left of a call that has ended at another gateway. */
  flush({ facts, progress, fence }: ClaimedCall): void {
    const { id, organizationId } = facts;
    const caller: Caller = { organizationId, subject: `call:${id}`, roles: ['member'] };
    const journal = this.journal(id, caller, fence, { saveAgain: () => undefined, supplanted: () => undefined });
    journal.restore(progress.journal);
    const forget = () => this.store.remove(facts, fence).catch((error: unknown) => this.events.storeFailed(id, error));
    this.registry.flushLater({ id, journal, saveAgain: () => undefined, offerAgain: () => undefined, forget });
  }

  private async resolveTools(agent: ResolveAgentResponse, caller: Caller): Promise<CallTool[]> {
    const ids = agent.version?.config?.toolIds ?? [];
    if (ids.length === 0) return [];
    const { tools } = await this.clients.tools.resolveTools({ ids }, { caller });
    return tools.map(({ id, definition }) => ({ id, definition }));
  }

  private open(opening: Opening): Call {
    const { id, caller, agentId, agent, tools, client } = opening;
    const config = configOf(agent);
    const setup = toSessionSetup(config, tools, this.provider.defaultModel);
    const facts: CallFacts = {
      id,
      organizationId: caller.organizationId!,
      agentId,
      maxCallSeconds: config.maxCallSeconds || DEFAULT_MAX_CALL_S,
      startedAt: Date.now(),
      setup,
      tools,
      started: this.startedMessage(opening, setup),
    };
    const started = {
      agentId,
      agentName: agent.name,
      agentVersion: agent.version!.version,
      channel: Channel.CHANNEL_VOICE,
      provider: this.provider.name,
      model: setup.model,
      subject: opening.subject,
      draftRevision: agent.draftRevision,
    };
    const fence = this.store.shared ? 1 : 0;
    return this.hold({
      facts,
      caller,
      greeting: config.greeting,
      fence,
      client,
      setup: opening.callSetup,
      started: { $case: 'started', value: started },
    });
  }

  private hold({ facts, caller, greeting, fence, restored, client, setup, started }: Holding): Call {
    const journal = this.journal(facts.id, caller, fence, {
      saveAgain: () => call.saveAgain(),
      supplanted: () => call.supplanted(),
    });
    if (started) journal.record(started, new Date(facts.startedAt));
    const tools = new ToolRunner({
      conversationId: facts.id,
      tools: facts.tools,
      execute: (request, options) => this.clients.tools.executeTool(request, { caller, ...options }),
    });
    const open = (options: CallOptions) => context.with(ROOT_CONTEXT, () => new Call(options));
    const call: Call = open({
      facts,
      greeting,
      setup,
      restored,
      client,
      store: this.store,
      fence,
      clientGraceMs: this.config.clientGraceMs,
      provider: this.provider,
      link: this.config.link,
      tools,
      journal,
      events: this.events,
      tracing: this.tracing,
      onGone: (how) => this.registry.remove(call, journal, how),
    });
    this.registry.add(call, journal);
    return call;
  }

  private journal(id: string, caller: Caller, fence: number, call: Pick<Call, 'saveAgain' | 'supplanted'>): Journal {
    return new Journal({
      held: { organizationId: caller.organizationId!, conversationId: id, fence },
      append: async (events) => {
        await this.clients.transcripts.appendEvents({ conversationId: id, events, fence, renewing: true }, { caller });
        this.events.journalWritten();
      },
      claim: (afterSequence) =>
        this.clients.transcripts.claimConversation(
          { conversationId: id, fence, afterSequence, renewing: true },
          { caller },
        ),
      onCommitted: () => call.saveAgain(),
      onFailure: (error) => this.events.journalFailed(id, error),
      onLost: (count, error) => {
        // The transcripts know of a newer holder: what this one still has to say is not wanted.
        if (error.violations[0]?.field === 'fence') call.supplanted();
        else this.events.journalLost(id, count, error);
      },
    });
  }

  private startedMessage({ id, agentId, agent }: Opening, setup: SessionSetup): Omit<CallStarted, 'resumeTicket'> {
    const pcm = { encoding: 'pcm_s16le', channels: 1 } as const;
    return {
      type: 'call.started',
      conversationId: id,
      agentId,
      agentName: agent.name,
      agentVersion: agent.version!.version,
      ...(agent.draftRevision > 0 ? { draftRevision: agent.draftRevision } : {}),
      formats: {
        input: { ...pcm, sampleRateHz: INPUT_SAMPLE_RATE_HZ },
        output: { ...pcm, sampleRateHz: OUTPUT_SAMPLE_RATE_HZ },
      },
      provider: { name: this.provider.name, model: setup.model, simulated: this.provider.simulated },
      maxCallSeconds: configOf(agent).maxCallSeconds || DEFAULT_MAX_CALL_S,
    };
  }
}

interface Holding {
  facts: CallFacts;
  caller: Caller;
  greeting: string;
  fence: number;
  restored?: CallProgress;
  client: ClientLink | undefined;
  /** Of a new call. */
  setup?: CallSetup;
  /** The conversation's first event; absent in a call that is taken over. */
  started?: EventKind;
}

function checkOwner(token: RedeemCallTokenResponse, organizationId: string, agentId: string): void {
  if (token.organizationId !== organizationId || token.agentId !== agentId) throw ticketRefused();
}

function ticketRefused(): DomainError {
  return new DomainError('failed_precondition', 'The call can not be resumed: it has ended, or the ticket is spent.', {
    violations: [{ field: 'resumeTicket', message: 'must be of a call that is still running, and not spent' }],
  });
}

interface Opening {
  id: string;
  caller: Caller;
  agentId: string;
  subject: string;
  agent: ResolveAgentResponse;
  tools: CallTool[];
  client: ClientLink;
  callSetup: CallSetup;
}

function configOf(agent: ResolveAgentResponse): AgentConfig {
  const config = agent.version?.config;
  if (!config) throw new DomainError('internal', 'The agent has no configuration.');
  return config;
}

const SENSITIVITIES = { [Sensitivity.SENSITIVITY_LOW]: 'low', [Sensitivity.SENSITIVITY_HIGH]: 'high' } as const;

export function toSessionSetup(config: AgentConfig, tools: CallTool[], defaultModel: string): SessionSetup {
  const detection = config.turnDetection;
  return {
    model: config.model === '' ? defaultModel : config.model,
    instructions: config.prompt,
    voice: config.voice,
    languageCode: config.languageCode,
    temperature: config.temperature,
    resumeHandle: '',
    tools: tools.flatMap(({ definition }) =>
      definition
        ? [
            {
              name: definition.name,
              description: definition.description,
              parameters: parseExactJson(definition.parametersJsonSchema),
            },
          ]
        : [],
    ),
    turnDetection: {
      startSensitivity: SENSITIVITIES[detection?.startSensitivity as keyof typeof SENSITIVITIES],
      endSensitivity: SENSITIVITIES[detection?.endSensitivity as keyof typeof SENSITIVITIES],
      prefixPaddingMs: detection?.prefixPaddingMs,
      silenceDurationMs: detection?.silenceDurationMs,
      noInterruption: detection?.noInterruption ?? false,
    },
  };
}
