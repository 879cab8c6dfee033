/** Pipecat with its Gemini Live service behind its WebSocket transport: all calls in one process, or a process for each. */
import { join } from 'node:path';
import type { Contestant } from './contestant.js';
import { startProgram, type Program } from './program.js';
import { MODEL, PEERS_FOLDER, TOOLS_FOLDER, type Stage } from './stage.js';

/** Python spends seconds of processor time on its imports: more at once would only take turns. */
const STARTS_AT_ONCE = 2;

export async function startPipecat(stage: Stage): Promise<Contestant> {
  const agent = await startAgent(stage);
  return {
    name: 'Pipecat, one process',
    transport: 'pipecat',
    ladder: [1, 10, 15, 20, 25, 30, 35, 40, 50],
    admit: async () => ({ urls: [urlOf(agent)] }),
    pids: () => [agent.pid],
    stop: () => agent.stop(),
  };
}

export async function startPipecatPerCall(stage: Stage): Promise<Contestant> {
  const agents: Program[] = [];
  return {
    name: 'Pipecat, process per call',
    transport: 'pipecat',
    ladder: [1, 5, 10, 14, 18, 22, 26],
    admit: async (added) => {
      const wanted = agents.length + added;
      const starters = Array.from({ length: STARTS_AT_ONCE }, async (_, i) => {
        for (let missing = wanted - agents.length; missing > i; missing = wanted - agents.length)
          agents.push(await startAgent(stage));
      });
      await Promise.all(starters);
      return { urls: agents.map(urlOf) };
    },
    pids: () => agents.map((agent) => agent.pid),
    stop: async () => {
      await Promise.all(agents.map((agent) => agent.stop()));
    },
  };
}

async function startAgent({ authorityFile, providerUrl }: Stage): Promise<Program> {
  return await startProgram({
    command: join(TOOLS_FOLDER, 'venv/bin/python'),
    args: ['pipecat_agent.py'],
    cwd: PEERS_FOLDER,
    environment: {
      SSL_CERT_FILE: authorityFile,
      PROVIDER_URL: providerUrl,
      MODEL: `models/${MODEL}`,
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
}

function urlOf(agent: Program): string {
  return (JSON.parse(agent.ready) as { url: string }).url;
}
