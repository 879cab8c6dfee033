import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { createSimulator } from '@orbisvoice/simulator/create-simulator';
import type { ApiClient, StoredConversation } from '../support/api-client.js';
import { SpokenCall } from '../support/spoken-call.js';
import { isRunning, StandaloneProcess, type StandaloneOptions } from '../support/standalone-process.js';

// Each case starts real processes, on a machine that may be busy.
jest.setTimeout(60_000);

const STOP_LIMIT_MS = 5_000;
const folders: string[] = [];
const processes: StandaloneProcess[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-standalone-'));
  folders.push(folder);
  return join(folder, 'data');
}

function run(dataDir: string, options: Omit<StandaloneOptions, 'dataDir'> = {}): StandaloneProcess {
  const started = new StandaloneProcess({ dataDir, ...options });
  processes.push(started);
  return started;
}

const start = async (...args: Parameters<typeof run>) => await run(...args).ready();

/** What it says when it does not start, without the steps before. */
async function refusal(...args: Parameters<typeof run>): Promise<string[]> {
  const started = run(...args);
  expect((await started.exited()).code).toBe(1);
  const [, told = started.output] = started.output.split("OrbisVoice can't start.\n");
  return told.trim().split(/\n */);
}

/** `npm run sign-in-link`. */
async function signInLink(dataDir: string): Promise<{ code: number | null; output: string }> {
  const link = run(dataDir, { command: [process.execPath, 'scripts/sign-in-link.mjs'] });
  const { code } = await link.exited();
  return { code, output: link.output };
}

async function redeem({ apiUrl, webUrl }: StandaloneProcess, token: string): Promise<number> {
  const headers = { origin: webUrl, 'content-type': 'application/json' };
  const body = JSON.stringify({ token });
  return (await fetch(`${apiUrl}/auth/sign-in-links/redeem`, { method: 'POST', headers, body })).status;
}

async function eventually(condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${condition.toString()}`);
    await sleep(50);
  }
}

const agentsOf = async (api: ApiClient) =>
  (
    await api.request<{
      items: { id: string; name: string; publishedVersion: number; config: { toolIds: string[] } }[];
    }>('GET', '/v1/agents')
  ).items;
const toolsOf = async (api: ApiClient) =>
  (await api.request<{ items: { id: string; name: string }[] }>('GET', '/v1/tools')).items;

async function callDemoAgent(api: ApiClient): Promise<SpokenCall> {
  const [agent] = await agentsOf(api);
  const getToken = () => api.request<{ token: string; url: string }>('POST', '/v1/call-tokens', { agentId: agent!.id });
  const { url } = await getToken();
  return new SpokenCall(url, async () => (await getToken()).token);
}

afterEach(async () => {
  for (const each of processes.splice(0)) await each.kill();
});
afterAll(async () => {
  // The watchdog of a Postgres whose process was killed writes for a moment longer.
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 200 });
});

describe('npm start', () => {
  it('ends with all that a stranger needs, keeps to 127.0.0.1, and stores the turns of a call that Ctrl-C cuts short', async () => {
    const dataDir = await newFolder();
    const first = await start(dataDir, { environment: { GEMINI_API_KEY: '', GEMINI_MODEL: '', API_HOST: '' } });
    const steps = [...first.output.matchAll(/^ {2}([A-Z].*) \.\.\..* \d+\.\d s$/gm)].map((match) => match[1]);
    // Building comes first, where there is something to build.
    expect(steps.filter((step) => step !== 'Building')).toEqual([
      'Loading',
      'Creating the database',
      'Starting Postgres',
      'Setting up the database',
      'Starting the services',
      'Preparing the demo',
    ]);
    // Nothing that only a terminal understands.
    expect([...first.output].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
    expect(first.output).toContain('The simulator answers, not a real model: no key needed');
    expect(first.output).toContain('API key   Console -> API keys -> Create');
    expect(first.output).toContain(`docs at ${first.apiUrl}/docs`);
    if (process.platform === 'linux') {
      expect(new Set(await first.listeningAddresses())).toEqual(new Set(['127.0.0.1']));
    }
    const page = await fetch(`${first.webUrl}/sign-in`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);

    const api = await first.signIn();
    await expect(first.signIn()).rejects.toThrow('The sign-in link was answered with 401.');
    const link = await signInLink(dataDir);
    expect(link).toEqual({ code: 0, output: expect.stringMatching(`^${first.webUrl}/sign-in#token=\\S+\n$`) });
    expect(await redeem(first, link.output.trim().split('#token=')[1]!)).toBe(204);
    const call = await callDemoAgent(api);
    const greeting = waitFor(call.voice, 'transcriptUpdated', ({ text }) => text.startsWith('Hello, this is'));
    const id = await call.start();
    await greeting;
    const ended = waitFor(call.voice, 'ended', undefined, 20_000);
    const answering = waitFor(
      call.voice,
      'transcriptUpdated',
      ({ role, text }) => role === 'agent' && /9/.test(text),
      20_000,
    );
    await call.say('Hours on Monday?');
    await answering;
    const { code, afterMs } = await first.stop();
    expect({ code, output: first.output }).toEqual({
      code: 0,
      output: expect.stringMatching(/ {2}Stopping \.\.\. \d\.\d s\n$/),
    });
    expect(afterMs).toBeLessThan(STOP_LIMIT_MS);
    expect((await ended).reason).toBe('gateway_stopped');

    const second = await start(dataDir);
    expect(second.output).not.toContain('Creating the database');
    const again = second.as(api);
    expectCutShort(await again.conversation(id));
    expect((await agentsOf(again)).map(({ name }) => name)).toEqual(['Demo agent']);
    expect((await toolsOf(again)).map(({ name }) => name).toSorted()).toEqual(['current_time', 'opening_hours']);
    // The demo's endpoint has moved; its tool has moved along.
    const anotherCall = await callDemoAgent(again);
    const looked = waitFor(anotherCall.voice, 'toolFinished');
    await anotherCall.start();
    anotherCall.voice.call.sendText('Hours on Thursday?');
    expect(await looked).toMatchObject({ name: 'opening_hours', outcome: 'ok' });
    second.signal('SIGTERM');
    expect((await second.exited()).code).toBe(0);
  });

  function expectCutShort(stored: StoredConversation): void {
    expect(stored).toMatchObject({ endReason: 'gateway_stopped', endedAt: expect.any(String) });
    expect(stored.turns.map(({ role }) => role)).toEqual(['agent', 'user', 'agent', 'agent']);
    expect(stored.turns[1]!.generatedText.trim()).toBe('Hours on Monday?');
    expect(stored.turns.flatMap(({ toolCalls }) => toolCalls)).toEqual([
      expect.objectContaining({ name: 'opening_hours', outcome: 'ok', arguments: { day: 'monday' } }),
    ]);
    const last = stored.turns.at(-1)!;
    expect(last.generatedText).toMatch(/^Here is what I found\. On Monday Orbis Coffee is open from 9/);
    expect(last.generatedText.startsWith(last.heardText)).toBe(true);
  }

  it('keeps a data folder to one process, survives kill -9 without a trace, and leaves a deleted demo agent deleted', async () => {
    const dataDir = await newFolder();
    const first = await start(dataDir);
    const api = await first.signIn();
    const inUse = [
      `The data folder ${dataDir} is already in use by process ${first.pid}: stop it first, or choose another data folder with DATA_DIR.`,
    ];
    // On the ports that the first one has: which are busy is not what a user wants to know.
    const ports = { API_PORT: new URL(first.apiUrl).port, WEB_PORT: new URL(first.webUrl).port };
    expect(await refusal(dataDir, { args: ['--fresh'], environment: ports })).toEqual(inUse);
    const second = run(dataDir, { environment: ports });
    expect((await second.exited()).code).toBe(0);
    expect(second.output).toContain(`OrbisVoice runs already, in process ${first.pid}; nothing was started.`);
    expect([second.apiUrl, second.webUrl]).toEqual([first.apiUrl, first.webUrl]);
    expect((await stat(join(dataDir, 'running.json'))).mode & 0o777).toBe(0o600);
    expect(await agentsOf(await second.signIn())).toHaveLength(1);
    const [agent] = await agentsOf(api);
    await api.request('DELETE', `/v1/agents/${agent!.id}`);

    const postgres = await first.postgresPid();
    await first.kill();
    await eventually(() => !isRunning(postgres));

    // What the killed one has noted counts no more.
    expect((await signInLink(dataDir)).output).toMatch(/^There is no link\.\n {2}OrbisVoice does not run on/);
    const third = await start(dataDir);
    expect(await agentsOf(third.as(api))).toEqual([]);
    expect(await toolsOf(third.as(api))).toHaveLength(2);
    // While the next start is already there, with the Postgres of the killed one still running.
    await third.kill();
    const fourth = await start(dataDir, { args: ['--fresh'] });
    expect(fourth.output).toContain('Deleting the data of earlier runs');
    await expect(agentsOf(fourth.as(api))).rejects.toThrow('401');
    expect(await agentsOf(await fourth.signIn())).toEqual([expect.objectContaining({ name: 'Demo agent' })]);
  });

  it('ends a call that kill -9 has cut off, at the next start', async () => {
    const dataDir = await newFolder();
    const first = await start(dataDir);
    const api = await first.signIn();
    const call = await callDemoAgent(api);
    const greeted = waitFor(call.voice, 'transcriptFinished', undefined, 20_000);
    const id = await call.start();
    await greeted;
    const killedAt = Date.now();
    await first.kill();
    const second = await start(dataDir);
    const cutOff = await second.as(api).conversation(id);
    expect(cutOff).toMatchObject({ endReason: 'gateway_lost', endedAt: expect.any(String) });
    expect(Date.parse(cutOff.endedAt!)).toBeLessThanOrEqual(killedAt + 1_000);
  });

  it('stops cleanly while it starts, completes a half-made demo, and ends when npm is gone or the user insists', async () => {
    const dataDir = await newFolder();
    const interrupted = run(dataDir);
    await interrupted.says(/Starting the services/);
    const { code, afterMs } = await interrupted.stop();
    expect([code, afterMs < STOP_LIMIT_MS]).toEqual([0, true]);
    expect(interrupted.output).not.toContain('Ctrl-C stops it.');

    const second = await start(dataDir);
    const api = await second.signIn();
    // As after a start that ended between the first tool and the rest.
    const [agent] = await agentsOf(api);
    await api.request('DELETE', `/v1/agents/${agent!.id}`);
    const [lost] = (await toolsOf(api)).filter(({ name }) => name === 'current_time');
    await api.request('DELETE', `/v1/tools/${lost!.id}`);
    await rm(join(dataDir, 'demo.json'));
    await second.stop();

    // npm passes SIGTERM on to its shell only.
    const shell = run(dataDir, {
      command: ['/bin/sh', '-c', '"$0" scripts/start.mjs; true', process.execPath],
      environment: { npm_lifecycle_event: 'start' },
    });
    const repaired = await shell.ready();
    const [made] = await agentsOf(repaired.as(api));
    expect(made).toMatchObject({ name: 'Demo agent', publishedVersion: 1 });
    expect(made!.config.toolIds.toSorted()).toEqual((await toolsOf(repaired.as(api))).map(({ id }) => id).toSorted());
    process.kill(shell.pid, 'SIGTERM');
    await shell.exited();
    expect(shell.output).toMatch(/Stopping \.\.\. \d\.\d s\n$/);

    const stuck = await start(dataDir);
    const postgres = await stuck.postgresPid();
    process.kill(postgres, 'SIGSTOP');
    stuck.signal('SIGINT');
    stuck.signal('SIGINT'); // npm's copy of the same Ctrl-C
    await sleep(1_000);
    expect(isRunning(stuck.pid)).toBe(true);
    const insisted = await stuck.stop();
    process.kill(postgres, 'SIGCONT');
    expect(insisted).toEqual({ code: 130, afterMs: expect.any(Number) });
    expect(insisted.afterMs).toBeLessThan(1_000);
    await eventually(() => !isRunning(postgres));
  });

  it('uses Gemini when there is a key for it, and says so', async () => {
    const gemini = createSimulator({ apiKeys: ['a-real-key'] });
    const { url } = await gemini.listen({ port: 0, host: '127.0.0.1' });
    const environment = { GEMINI_API_KEY: 'a-real-key', GEMINI_BASE_URL: url, GEMINI_MODEL: 'simulated-live' };
    const started = await start(await newFolder(), { environment });
    expect(started.output).toContain(`Gemini answers: simulated-live at ${url}, with the key in GEMINI_API_KEY.`);
    expect(started.output).not.toContain('a-real-key');
    const call = await callDemoAgent(await started.signIn());
    const greeting = waitFor(call.voice, 'turnStarted', ({ role }) => role === 'agent');
    await call.start();
    await greeting;
    expect([...gemini.connections]).toHaveLength(1);
    await call.end();
    await started.stop();
    await gemini.close();
  });
});

describe('npm start, when it can not', () => {
  it('tells every bad variable at once, each with what it may be', async () => {
    const environment = { API_PORT: 'http', WEB_PORT: '70000', GEMINI_BASE_URL: 'ftp://x', LOG_LEVEL: 'loud' };
    const told = await refusal(await newFolder(), { environment });
    expect(told).toHaveLength(4);
    expect(told).toEqual(
      expect.arrayContaining([
        'API_PORT: must be a port number.',
        'WEB_PORT: must be at most 65535.',
        'GEMINI_BASE_URL: must be a URL that starts with https:// or http://.',
        expect.stringMatching(/^LOG_LEVEL: .*"info"/),
      ]),
    );
  });

  it('tells every port that is taken, with the variable that moves it, before anything is written', async () => {
    const servers = await Promise.all([listen(), listen()]);
    const [api, gateway] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number];
    const dataDir = await newFolder();
    const environment = {
      API_PORT: String(api),
      VOICE_GATEWAY_PORT: String(gateway),
      WEB_PORT: '8123',
      METRICS_PORT: '8123',
    };
    const told = await refusal(dataDir, { environment });
    for (const server of servers) server.close();
    const suggested = told.flatMap((problem) => /as in: \w+=(\d+)/.exec(problem)?.[1] ?? []);
    expect(new Set([...suggested, '8123', String(api), String(gateway)]).size).toBe(5);
    expect(told).toEqual([
      expect.stringMatching(
        `^Port ${api} is in use: stop what listens there, or set API_PORT to another one, as in: API_PORT=\\d+ npm start$`,
      ),
      expect.stringMatching(`^Port ${gateway} is in use: .* set VOICE_GATEWAY_PORT to another one`),
      'WEB_PORT and METRICS_PORT are both 8123: give each a port of its own.',
    ]);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('names an argument that it does not know, before it builds anything', async () => {
    const started = run(await newFolder(), { args: ['--frsh'] });
    expect((await started.exited()).code).toBe(1);
    expect(started.output).toBe(
      `OrbisVoice can't start.\n  There is no argument "--frsh": use --fresh to delete the data of earlier runs, --help for everything else, or none.\n`,
    );
  });

  it('says what is wrong with a data folder, and never touches what is not its own', async () => {
    const [damaged, incomplete, foreign, file] = await Promise.all([
      newFolder(),
      newFolder(),
      newFolder(),
      newFolder(),
    ]);
    await mkdir(damaged);
    await writeFile(join(damaged, 'secrets.json'), '{"internalAuthSecret":');
    await mkdir(join(incomplete, 'postgres/postgres'), { recursive: true });
    await writeFile(join(incomplete, 'postgres/postgres/PG_VERSION'), '18');
    await mkdir(foreign);
    await writeFile(join(foreign, 'thesis.txt'), 'Years of work');
    await writeFile(file, '');
    const fresh = { args: ['--fresh'] };
    const told = await Promise.all([
      refusal(damaged),
      refusal(incomplete),
      refusal(foreign, fresh),
      refusal(file, fresh),
    ]);
    const unusable = (folder: string, what: string) =>
      `${join(folder, 'secrets.json')} is ${what}: restore it from a backup, or start over without your data by \`npm start -- --fresh\`.`;
    expect(told).toEqual([
      [unusable(damaged, 'damaged')],
      [unusable(incomplete, 'missing')],
      [
        `The data folder ${foreign} holds other files (thesis.txt) and no data of OrbisVoice: choose an empty or a new folder with DATA_DIR.`,
      ],
      [`The data folder ${file} is a file or lies below one: choose another data folder with DATA_DIR.`],
    ]);
    expect(await readFile(join(foreign, 'thesis.txt'), 'utf8')).toBe('Years of work');
    expect(await readdir(damaged)).toEqual(['secrets.json']);
  });
});

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
