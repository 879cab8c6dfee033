/** Platform, provider, Redis and gateways in processes of their own, and many callers who can tell whether anything was lost. */
import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { createGrpcClient } from '@orbisvoice/service-kit/grpc-client';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { startChild } from './child.js';
import { GatewayFleet, startRedis } from './gateway-fleet.js';
import { compiled, createRigAgent, type Addresses } from './rig.js';
import { WatchedCall, type CallRig } from './watched-call.js';

export interface HandOverRig extends CallRig {
  fleet: GatewayFleet;
  stop(): Promise<void>;
}

export interface HandOverRigOptions {
  /** Variables of simulator-process. */
  provider?: Record<string, string>;
  /** More variables of the gateways. */
  gateway?: Record<string, string>;
}

export async function startHandOverRig(options: HandOverRigOptions = {}): Promise<HandOverRig> {
  const { internalAuthSecret, ...rest } = newSecrets();
  const platform = await startChild<{ addresses: Addresses }>(compiled('platform-process'), {
    SECRETS: JSON.stringify({ internalAuthSecret, ...rest }),
  });
  const provider = await startChild<{ url: string }>(compiled('simulator-process'), options.provider ?? {});
  const redis = await startRedis();
  const { addresses } = platform.ready;
  const environment = { GEMINI_BASE_URL: provider.ready.url, REDIS_URL: redis.url, ...options.gateway };
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
