/** docker-compose.yml and docker-compose.prod.yml, loaded by Compose's own loader (needs Go), against what the services take. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountsConfig } from '@orbisvoice/accounts/config';
import { agentsConfig } from '@orbisvoice/agents/config';
import { config as apiConfig } from '@orbisvoice/api/config';
import type { ConfigDefinition, Environment } from '@orbisvoice/service-kit/config';
import { simulatorConfig } from '@orbisvoice/simulator/config';
import { toolsConfig } from '@orbisvoice/tools/config';
import { transcriptsConfig } from '@orbisvoice/transcripts/config';
import { configDefinition as voiceGatewayConfig } from '@orbisvoice/voice-gateway/config';
import { webConfig } from '@orbisvoice/web/config';

const root = join(import.meta.dirname, '../..');
const FILES = ['docker-compose.yml', 'docker-compose.prod.yml', '.env.example', 'deploy/compose'];
const configs: Record<string, ConfigDefinition<unknown>> = {
  accounts: accountsConfig,
  agents: agentsConfig,
  api: apiConfig,
  simulator: simulatorConfig,
  tools: toolsConfig,
  transcripts: transcriptsConfig,
  'voice-gateway': voiceGatewayConfig,
  web: webConfig,
};
/** Of everything that answers on a port itself. */
const HEALTHCHECKED = ['postgres', 'redis', 'api', 'voice-gateway', 'web'];
const PRODUCTION = {
  NEXT_PUBLIC_API_URL: 'https://api.example.com',
  NEXT_PUBLIC_VOICE_GATEWAY_URL: 'wss://voice.example.com/stream',
  CORS_ORIGINS: 'https://example.com',
  GEMINI_API_KEY: 'a-key',
};

interface Service {
  image: string;
  build?: { args: Record<string, string> };
  environment?: Record<string, string>;
  networks: Record<string, unknown>;
  ports?: { host_ip: string; published: string }[];
  healthcheck?: { interval: string; timeout: string; retries: number };
  depends_on?: Record<string, { condition: string }>;
  restart: string;
  read_only?: boolean;
}
interface Project {
  name: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean }>;
}

describe('Compose', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orbisvoice-compose-'));
  const loader = join(folder, 'loader');

  const makeSecrets = () =>
    execFileSync(process.execPath, [join(root, 'scripts/make-secrets.mjs'), folder], { encoding: 'utf8' });
  const tryToLoad = (file: string) => spawnSync(loader, [folder, file], { encoding: 'utf8' });
  const load = (file: string): Project => {
    const { status, stdout, stderr } = tryToLoad(file);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Project;
  };

  beforeAll(() => {
    const source = join(import.meta.dirname, 'compose-project');
    execFileSync('go', ['build', '-o', loader, '.'], { cwd: source, stdio: ['ignore', 'ignore', 'inherit'] });
    for (const file of FILES) cpSync(join(root, file), join(folder, file), { recursive: true });
    mkdirSync(join(folder, 'deploy/images/pgbouncer'), { recursive: true });
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('refuses to start without secrets, with a sentence that says what to do', () => {
    const { status, stderr } = tryToLoad('docker-compose.yml');
    expect(status).toBe(1);
    expect(stderr).toContain('POSTGRES_PASSWORD is missing a value: run `npm run secrets` first');
  });

  it('makes secrets once: none is a default, none changes afterwards, nobody else can read them', () => {
    makeSecrets();
    const first = readFileSync(join(folder, '.env.local'), 'utf8');
    const secrets = [...first.split('# -- Secrets')[1]!.matchAll(/^(\w+)=(.*)$/gm)].map(([, , value]) => value!);
    expect(secrets.length).toBeGreaterThan(9);
    expect(new Set(secrets).size).toBe(secrets.length);
    for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(makeSecrets()).toContain('nothing to do');
    expect(readFileSync(join(folder, '.env.local'), 'utf8')).toBe(first);
    expect(statSync(join(folder, '.env.local')).mode & 0o077).toBe(0);
    expect(lstatSync(join(folder, '.env')).isSymbolicLink()).toBe(true);
  });

  it('gives every service an environment that it takes, and nothing that it does not know', () => {
    const { services } = load('docker-compose.yml');
    for (const [name, config] of Object.entries(configs)) {
      const given = services[name]?.environment ?? {};
      expect(() => config.load(given)).not.toThrow();
      expect([name, Object.keys(given).filter((variable) => !asksFor(config, given).has(variable))]).toEqual([
        name,
        [],
      ]);
    }
  });

  it('lets the simulator answer without a key, and says so to clients', () => {
    const { gemini } = voiceGatewayConfig.load(load('docker-compose.yml').services['voice-gateway']!.environment!);
    expect(gemini).toMatchObject({ baseUrl: 'http://simulator:4010', simulated: true });
  });

  it('builds every service from the one Dockerfile, by its name', () => {
    const { services } = load('docker-compose.yml');
    for (const name of Object.keys(configs)) {
      expect(services[name]).toMatchObject({
        image: `orbisvoice-${name}:production`,
        build: { args: { SERVICE: name } },
      });
      expect(services[name]).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });

  it('lets only PgBouncer and the migrations reach Postgres, and nothing but doors be reached from outside', () => {
    const { services, networks } = load('docker-compose.yml');
    const on = (network: string) =>
      Object.keys(services)
        .filter((name) => network in services[name]!.networks)
        .toSorted();
    expect(on('postgres')).toEqual(['migrate', 'pgbouncer', 'postgres']);
    expect(on('database')).toEqual(['accounts', 'agents', 'pgbouncer', 'tools', 'transcripts']);
    expect(on('redis')).toEqual(['redis', 'voice-gateway']);
    for (const network of ['postgres', 'database', 'redis', 'events', 'services'])
      expect(networks[network]?.internal).toBe(true);
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map(({ host_ip, published: port }) => `${name} ${host_ip}:${port}`),
    );
    expect(published.toSorted()).toEqual([
      'api 127.0.0.1:3000',
      'api 127.0.0.1:50050',
      'voice-gateway 127.0.0.1:4001',
      'web 127.0.0.1:3001',
    ]);
  });

  it('starts in order: database, migrations, services, doors', () => {
    const { services } = load('docker-compose.yml');
    const condition = (name: string, other: string) => services[name]!.depends_on?.[other]?.condition;
    for (const name of ['accounts', 'agents', 'tools', 'transcripts']) {
      expect(condition(name, 'migrate')).toBe('service_completed_successfully');
      expect(condition(name, 'pgbouncer')).toBe('service_healthy');
      expect(condition('api', name)).toBe('service_healthy');
      expect(condition('voice-gateway', name)).toBe('service_healthy');
    }
    expect(condition('pgbouncer', 'postgres')).toBe('service_healthy');
    expect(condition('voice-gateway', 'redis')).toBe('service_healthy');
    for (const name of HEALTHCHECKED) expect(services[name]!.healthcheck).toBeDefined();
    expect(services['postgres']!.healthcheck).toMatchObject({ interval: '10s', timeout: '5s', retries: 5 });
    expect(services['api']!.healthcheck).toMatchObject({ interval: '30s', timeout: '10s', retries: 3 });
  });

  it('asks for addresses and a key on a server, and then starts published images without the simulator', () => {
    expect(tryToLoad('docker-compose.prod.yml').stderr).toContain(
      'GEMINI_API_KEY is missing a value: set it in .env.local',
    );
    appendFileSync(
      join(folder, '.env.local'),
      Object.entries(PRODUCTION)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const { name: project, services, volumes } = load('docker-compose.prod.yml');
    expect(project).toBe('orbisvoice');
    expect(Object.keys(services)).not.toContain('simulator');
    expect(Object.keys(volumes)).toEqual(expect.arrayContaining(['postgres_data', 'redis_data']));
    for (const [name, service] of Object.entries(services)) {
      expect([name, service.build]).toEqual([name, undefined]);
      if (name !== 'migrate') expect([name, service.restart]).toEqual([name, 'always']);
    }
    const { gemini } = voiceGatewayConfig.load(services['voice-gateway']!.environment!);
    expect(gemini).toMatchObject({
      apiKey: 'a-key',
      simulated: false,
      baseUrl: 'https://generativelanguage.googleapis.com',
    });
    expect(apiConfig.load(services['api']!.environment!)).toMatchObject({ publicUrl: 'https://api.example.com' });
  });
});

/** The variables that a configuration looks for, with its prefix and without. */
function asksFor(config: ConfigDefinition<unknown>, given: Environment): Set<string> {
  const asked = new Set<string>();
  for (const environment of [given, {}]) {
    const spy = new Proxy(environment, {
      get(target, name) {
        asked.add(String(name));
        return Reflect.get(target, name) as string | undefined;
      },
    });
    try {
      config.load(spy);
    } catch {
      // Only what it asks for counts here.
    }
  }
  return asked;
}
