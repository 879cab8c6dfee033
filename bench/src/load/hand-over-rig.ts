/** Platform, provider, Redis and gateways in processes of their own, and many callers who can tell whether anything was lost. */
import { join } from 'node:path';
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { NodeVoice } from '@orbisvoice/client/node/node-voice';
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { startChild } from './child.js';
import { GatewayFleet, startRedis } from './gateway-fleet.js';
import { createRigAgent, type Addresses } from './rig.js';

export interface HandOverRig {
  fleet: GatewayFleet;
  newCall(): WatchedCall;
  /** Texts of the stored turns, and whether the conversation has ended. */
  stored(conversationId: string): Promise<{ texts: string[]; ended: boolean }>;
  stop(): Promise<void>;
}

export async function startHandOverRig(): Promise<HandOverRig> {
  const { internalAuthSecret, ...rest } = newSecrets();
  const compiled = (name: string) => join(import.meta.dirname, '../../dist/load', `${name}.js`);
  const platform = await startChild<{ addresses: Addresses }>(compiled('platform-process'), {
    SECRETS: JSON.stringify({ internalAuthSecret, ...rest }),
  });
  const provider = await startChild<{ url: string }>(compiled('simulator-process'), {});
  const redis = await startRedis();
  const { addresses } = platform.ready;
  const environment = { GEMINI_BASE_URL: provider.ready.url, REDIS_URL: redis.url };
  const fleet = await GatewayFleet.start({ addresses, internalAuthSecret }, 1, environment);
  const agent = await createRigAgent(addresses, internalAuthSecret, { voice: 'ToneCode' });
  const contexts = new CallerContexts(internalAuthSecret);
  const transcripts = createGrpcClient(TranscriptsServiceService, {
    serviceName: 'transcripts',
    address: addresses.transcripts,
    contexts,
  });
  return {
    fleet,
    newCall: () => new WatchedCall(fleet.url, agent.token),
    stored: async (id) => {
      const { conversation, turns } = await transcripts.getConversation({ id }, { caller: agent.caller });
      return { texts: turns.map(({ turn }) => turn!.generatedText.trim()), ended: conversation?.endedAt !== undefined };
    },
    stop: async () => {
      transcripts.close();
      await fleet.stop();
      await platform.stop();
      await redis.stop();
      await provider.stop();
    },
  };
}

const FRAME_MS = 100;
const ANSWER_TIMEOUT_MS = 60_000;

/** A caller who writes, listens, keeps an open microphone, and measures how long it was without its call. */
export class WatchedCall {
  readonly gapsMs: number[] = [];
  conversationId = '';
  endedEarly = '';
  private lostAt = 0;
  private readonly voice: NodeVoice;

  constructor(url: string, getToken: () => Promise<string>) {
    this.voice = new NodeVoice({ url, getToken, frameMs: FRAME_MS });
    this.voice.on('stateChanged', ({ to }) => {
      if (to === 'reconnecting') this.lostAt = performance.now();
    });
    this.voice.on('started', ({ resumed }) => {
      if (resumed) this.gapsMs.push(performance.now() - this.lostAt);
    });
    this.voice.on('ended', ({ reason }) => {
      if (reason !== 'client_ended') this.endedEarly = reason;
    });
  }

  async start(): Promise<void> {
    this.conversationId = (await this.voice.start()).conversationId;
  }

  /** Writes it and resolves with the answer once that has been heard. */
  async ask(text: string): Promise<string> {
    const answer = waitFor(this.voice, 'transcriptFinished', (turn) => turn.role === 'agent', ANSWER_TIMEOUT_MS);
    this.voice.call.sendText(text);
    return (await answer).generated.trim();
  }

  async end(): Promise<void> {
    await this.voice.end();
  }
}
