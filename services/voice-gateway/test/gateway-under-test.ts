/** A real gateway between a simulated provider and fakes of the services behind it. */
import type { ConversationEvent } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { createLog } from '@orbisvoice/service-kit/log';
import { DomainError, type ErrorKind } from '@orbisvoice/service-kit/errors';
import { startService, type RunningService } from '@orbisvoice/service-kit/service';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import type { SimulatorOptions } from '@orbisvoice/simulator/options';
import { randomUUID } from 'node:crypto';
import { FakeServices } from '../../api/test/fake-services.js';
import { voiceGatewayService } from '../src/service.js';

const SECRET = 'x'.repeat(32);

export interface GatewayUnderTest {
  service: RunningService;
  url: string;
  services: FakeServices;
  simulator: Simulator;
  transcripts: FakeTranscripts;
  /** Lets every service answer again, for calls with this agent. */
  answerAll(agent?: { greeting: string }): void;
  stop(): Promise<void>;
}

/** Keeps what it is sent, once per sequence number, while it is there. */
export class FakeTranscripts {
  readonly committed = new Map<string, ConversationEvent[]>();
  failing: ErrorKind | undefined;
  refused = 0;
  /** What the gateway says it holds. */
  readonly renewed = new Set<string>();
  /** Conversations that were ended since their holder was not heard of, with the number of that end. */
  readonly lost = new Map<string, number>();

  append({ conversationId, events }: { conversationId: string; events: ConversationEvent[] }) {
    if (this.failing) {
      this.refused += 1;
      throw new DomainError(this.failing, 'The transcripts are away.');
    }
    if (this.lost.has(conversationId))
      throw new DomainError('failed_precondition', 'Ended.', {
        violations: [{ field: 'conversation_id', message: 'must be claimed to go on' }],
      });
    const known = this.committed.get(conversationId) ?? [];
    const fresh = events.filter(({ sequence }) => known.every((event) => event.sequence !== sequence));
    this.committed.set(conversationId, [...known, ...fresh]);
    return { committedSequence: known.length + fresh.length };
  }

  renew({ held }: { held: { conversationId: string }[] }) {
    for (const { conversationId } of held) this.renewed.add(conversationId);
    return { lostIds: [...this.lost.keys()], leaseMs: 600 };
  }

  claim({ conversationId }: { conversationId: string }) {
    const lastSequence = this.lost.get(conversationId) ?? 0;
    this.lost.delete(conversationId);
    return { lastSequence, turns: [], ended: false };
  }

  /** Waits for the end of a conversation. */
  async ended(conversationId: string, timeoutMs = 15_000): Promise<ConversationEvent[]> {
    for (const deadline = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const events = this.committed.get(conversationId) ?? [];
      if (events.some(({ kind }) => kind?.$case === 'ended')) return events;
      if (Date.now() > deadline) throw new Error(`${conversationId} has not ended: ${JSON.stringify(events)}`);
    }
  }
}

export async function startGateway(
  environment: Record<string, string> = {},
  provider: SimulatorOptions = {},
): Promise<GatewayUnderTest> {
  const services = new FakeServices(SECRET);
  await services.start();
  const simulator = createSimulator({ pace: { speed: 10 }, ...provider });
  await simulator.listen();
  const service = await startService(voiceGatewayService, {
    environment: {
      INTERNAL_AUTH_SECRET: SECRET,
      HOST: '127.0.0.1',
      PORT: '0',
      GRPC_HOST: '127.0.0.1',
      GRPC_PORT: '0',
      PROVIDER_CHECK: 'false',
      ACCOUNTS_ADDRESS: services.address,
      AGENTS_ADDRESS: services.address,
      TOOLS_ADDRESS: services.address,
      TRANSCRIPTS_ADDRESS: services.address,
      GEMINI_API_KEY: 'a-key',
      GEMINI_BASE_URL: simulator.url,
      ...environment,
    },
    log: createLog({ service: 'voice-gateway', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
  });
  const transcripts = new FakeTranscripts();
  answerAll(services, transcripts);
  return {
    service,
    url: `ws://127.0.0.1:${service.httpPort}/stream`,
    services,
    simulator,
    transcripts,
    answerAll: (agent) => answerAll(services, transcripts, agent),
    stop: async () => {
      await service.stop();
      await simulator.close();
      services.stop();
    },
  };
}

/** Any token is good, any agent is published. */
function answerAll(services: FakeServices, transcripts: FakeTranscripts, agent = { greeting: '' }): void {
  const agentId = randomUUID();
  const config = {
    prompt: 'Be brief.',
    greeting: agent.greeting,
    voice: 'ToneCode',
    languageCode: '',
    model: '',
    toolIds: [],
    turnDetection: undefined,
    maxCallSeconds: 0,
  };
  services.on('accounts', {
    redeemCallToken: () => ({ organizationId: randomUUID(), agentId, subject: 'api-key:1', draft: false }),
  });
  services.on('agents', {
    resolveAgent: () => ({
      name: 'Test agent',
      version: { agentId, version: 1, config, publishedAt: undefined, createdAt: undefined, restoredFromVersion: 0 },
      draftRevision: 0,
    }),
  });
  services.on('transcripts', {
    appendEvents: (request) => transcripts.append(request),
    renewConversations: (request) => transcripts.renew(request),
    claimConversation: (request) => transcripts.claim(request),
  });
}
