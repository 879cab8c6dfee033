/** LiveKit Agents JS with its Google realtime plugin, on a LiveKit server of its own. */
import { join } from 'node:path';
import { freePort } from '../load/gateway-fleet.js';
import type { Contestant } from './contestant.js';
import { startProgram, type Program } from './program.js';
import { MODEL, PEERS_FOLDER, TOOLS_FOLDER, type Stage } from './stage.js';

const API_KEY = 'peers';
const API_SECRET = 'a-secret-of-this-bench-that-guards-nothing';

export async function startLiveKit(stage: Stage): Promise<Contestant> {
  const port = await freePort();
  const server = await startServer(port);
  const url = `ws://127.0.0.1:${port}`;
  let worker: Program;
  try {
    worker = await startProgram({
      command: process.execPath,
      args: ['livekit-agent.mjs'],
      cwd: PEERS_FOLDER,
      environment: {
        NODE_EXTRA_CA_CERTS: stage.authorityFile,
        NODE_ENV: 'production',
        PROVIDER_URL: stage.providerUrl,
        MODEL,
        LIVEKIT_URL: url,
        LIVEKIT_API_KEY: API_KEY,
        LIVEKIT_API_SECRET: API_SECRET,
        HEALTH_PORT: String(await freePort()),
      },
    });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    name: 'LiveKit Agents JS + server',
    transport: 'livekit',
    ladder: [1, 2, 4, 6, 8, 10, 12, 14],
    admit: async () => ({ url, apiKey: API_KEY, apiSecret: API_SECRET }),
    pids: () => [worker.pid, server.pid],
    stop: async () => {
      await worker.stop();
      await server.stop();
    },
  };
}

async function startServer(port: number): Promise<Program> {
  const config = {
    port,
    bind_addresses: ['127.0.0.1'],
    keys: { [API_KEY]: API_SECRET },
    rtc: {
      node_ip: '127.0.0.1',
      use_external_ip: false,
      tcp_port: await freePort(),
      udp_port: await freePort(),
      enable_loopback_candidate: true,
      interfaces: { includes: ['lo'] },
    },
    logging: { level: 'error' },
  };
  return await startProgram({
    command: join(TOOLS_FOLDER, 'bin/livekit-server'),
    args: ['--config-body', JSON.stringify(config)],
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/`)).ok,
  });
}
