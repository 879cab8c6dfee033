/** OrbisVoice's gateway, with the platform behind it, and the bare relay. */
import { startChild, type Child } from '../load/child.js';
import { gatewayEnvironment } from '../load/gateway-environment.js';
import { compiled, createRigAgent, type Addresses } from '../load/rig.js';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import type { Contestant } from './contestant.js';
import { MODEL, type Stage } from './stage.js';

const LADDER = [1, 10, 100, 200, 300, 400, 500];

export async function startGateway(stage: Stage): Promise<Contestant> {
  const secrets = newSecrets();
  const { internalAuthSecret } = secrets;
  const platform = await startChild<{ addresses: Addresses }>(compiled('platform-process'), {
    SECRETS: JSON.stringify(secrets),
  });
  const { addresses } = platform.ready;
  let gateway: Child<{ url: string }>;
  try {
    gateway = await startChild<{ url: string }>(compiled('gateway-process'), {
      ...gatewayEnvironment({ addresses, internalAuthSecret }),
      GEMINI_BASE_URL: stage.providerUrl,
      GEMINI_MODEL: MODEL,
      NODE_EXTRA_CA_CERTS: stage.authorityFile,
    });
  } catch (error) {
    await platform.stop();
    throw error;
  }
  const { token } = await createRigAgent(addresses, internalAuthSecret);
  return {
    name: 'OrbisVoice gateway',
    transport: 'orbisvoice',
    ladder: LADDER,
    admit: async (added) => {
      const tokens: string[] = [];
      while (tokens.length < added) tokens.push(await token());
      return { urls: [gateway.ready.url], tokens };
    },
    pids: () => [gateway.pid],
    stop: async () => {
      await gateway.stop();
      await platform.stop();
    },
  };
}

export async function startRelay(stage: Stage): Promise<Contestant> {
  const relay = await startChild<{ url: string }>(compiled('bare-relay'), {
    PROVIDER_URL: stage.liveUrl,
    MODEL,
    NODE_EXTRA_CA_CERTS: stage.authorityFile,
  });
  return {
    name: 'bare ws relay',
    transport: 'orbisvoice',
    ladder: LADDER,
    admit: async () => ({ urls: [relay.ready.url] }),
    pids: () => [relay.pid],
    stop: () => relay.stop(),
  };
}
