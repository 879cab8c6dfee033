/** The platform as it is deployed: every service a process, two gateways behind a balancer, a real Postgres, Redis and NATS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@orbisvoice/embedded-postgres/embedded-postgres';
import { createSimulator, type Simulator } from '@orbisvoice/simulator/create-simulator';
import { setUpDatabase } from '@orbisvoice/standalone/database-setup';
import { newSecrets } from '@orbisvoice/standalone/secrets';
import { startRedis, type TestRedis } from '../../bench/src/load/gateway-fleet.js';
import { TcpProxy } from '../../bench/src/load/tcp-proxy.js';
import { freePort, NATS_TOKEN, natsBinaries, NatsProcess } from '../../services/transcripts/test-real/nats-process.js';
import type { ApiClient } from './api-client.js';
import { ServiceProcess } from './service-process.js';
import { newOrganization } from './test-platform.js';

const DATABASE = 'orbisvoice';

export interface DeploymentOptions {
  gateways?: number;
  /** For the gateways. */
  gatewayEnvironment?: Record<string, string>;
  /** For `tools`: private addresses that tools may reach. */
  outboundAllow?: string;
  /**
   * What stands before a server: gets its port, gives the port to use instead. Each gateway, by its number, may have something of its own
   * before what it needs. Postgres and NATS are used by the services, and have no gateway.
   */
  between?(server: Server, port: number, gateway?: number): Promise<number>;
}

export type Server = 'provider' | 'redis' | 'postgres' | 'nats' | (typeof CALLED_SERVICES)[number];

/** What gateways call over gRPC. */
const CALLED_SERVICES = ['accounts', 'agents', 'tools', 'transcripts'] as const;

export class Deployment {
  readonly services = new Map<string, ServiceProcess>();
  readonly gateways: ServiceProcess[] = [];
  api!: ApiClient;
  redis!: TestRedis;
  nats!: NatsProcess;
  private postgres: EmbeddedPostgres | undefined;
  private postgresFolder = '';
  private postgresPort = 0;
  private readonly simulator: Simulator = createSimulator();
  private readonly gatewayPorts: number[] = [];
  /** Also those that did not get ready. */
  private readonly processes: ServiceProcess[] = [];
  private balancer: TcpProxy | undefined;
  private next = 0;
  private readonly secrets = newSecrets();

  private constructor(private readonly options: DeploymentOptions) {}

  static async start(options: DeploymentOptions = {}): Promise<Deployment> {
    const deployment = new Deployment(options);
    try {
      await deployment.startAll();
      return deployment;
    } catch (error) {
      await deployment.stop();
      throw error;
    }
  }

  /** Where callers go. */
  get streamUrl(): string {
    return `ws://127.0.0.1:${this.balancer!.port}/stream`;
  }

  /** Past the balancer. */
  portOf(gateway: number): number {
    return this.gatewayPorts[gateway]!;
  }

  service(name: string): ServiceProcess {
    return this.services.get(name)!;
  }

  async startPostgres(): Promise<void> {
    const { postgresFolder: dataDir, postgresPort: port } = this;
    this.postgres = await startEmbeddedPostgres({ dataDir, port, durable: false });
  }

  async stopPostgres(): Promise<void> {
    await this.postgres?.stop();
  }

  async stop(): Promise<void> {
    await this.balancer?.stop();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.nats?.remove();
    await this.redis?.stop();
    await this.simulator.close();
    await this.stopPostgres();
    if (this.postgresFolder !== '') await rm(this.postgresFolder, { recursive: true, force: true });
  }

  private async startAll(): Promise<void> {
    this.postgresFolder = await mkdtemp(join(tmpdir(), 'orbisvoice-deployment-'));
    this.postgresPort = await freePort();
    await this.startPostgres();
    this.redis = await startRedis({ durable: true });
    this.nats = new NatsProcess(natsBinaries().at(-1)!.path);
    await this.nats.start();
    const addresses = await this.startInternal();
    await this.startGateways(addresses);
    const apiPort = await freePort();
    const ports = { PORT: String(apiPort), GRPC_PORT: String(await freePort()) };
    await this.startService('api', { ...addresses, ...ports, RATE_LIMIT_REQUESTS: '100000' });
    const organization = { apiUrl: `http://127.0.0.1:${apiPort}`, accounts: addresses['ACCOUNTS_ADDRESS']! };
    this.api = await newOrganization(organization, this.secrets.internalAuthSecret, 'tests');
  }

  private async startInternal(): Promise<Record<string, string>> {
    await this.postgres!.createDatabase(DATABASE);
    const urls = await setUpDatabase(this.postgres!.superuserUrl(DATABASE), this.secrets.databasePassword);
    const postgresPort = await this.portTo('postgres', this.postgresPort);
    const more: Record<(typeof CALLED_SERVICES)[number], Record<string, string>> = {
      accounts: { API_KEY_JWT_SECRET: this.secrets.apiKeyJwtSecret },
      agents: {},
      tools: {
        TOOLS_ENCRYPTION_KEY: this.secrets.toolsEncryptionKey,
        OUTBOUND_ALLOW: this.options.outboundAllow ?? '',
      },
      transcripts: { NATS_URL: withPort(this.nats.url, await this.portTo('nats', portOf(this.nats.url))), NATS_TOKEN },
    };
    const addresses: Record<string, string> = {};
    const started = CALLED_SERVICES.map(async (name) => {
      const port = await freePort();
      addresses[addressVariable(name)] = `127.0.0.1:${port}`;
      const DATABASE_URL = withPort(urls[name]!, postgresPort);
      await this.startService(name, { ...more[name], DATABASE_URL, GRPC_PORT: String(port) });
    });
    await allSettled(started);
    return addresses;
  }

  private async startGateways(addresses: Record<string, string>): Promise<void> {
    const { url } = await this.simulator.listen({ port: 0, host: '127.0.0.1' });
    for (let i = 0; i < (this.options.gateways ?? 2); i++) this.gatewayPorts.push(await freePort());
    const started = this.gatewayPorts.map(async (port, i) => {
      const called: Record<string, string> = {};
      for (const name of CALLED_SERVICES)
        called[addressVariable(name)] =
          `127.0.0.1:${await this.portTo(name, Number(addresses[addressVariable(name)]!.split(':')[1]), i)}`;
      return await this.launch('voice-gateway', {
        ...called,
        PORT: String(port),
        GRPC_PORT: '0',
        GEMINI_API_KEY: 'test',
        GEMINI_MODEL: 'simulated-live',
        GEMINI_BASE_URL: withPort('http://127.0.0.1', await this.portTo('provider', portOf(url), i)),
        PROVIDER_SIMULATED: 'true',
        REDIS_URL: withPort(this.redis.url, await this.portTo('redis', portOf(this.redis.url), i)),
        MAX_EVENT_LOOP_LAG_MS: '10000',
        ...this.options.gatewayEnvironment,
      });
    });
    this.gateways.push(...(await allSettled(started)));
    this.balancer = await TcpProxy.start(() => this.gatewayPorts[this.next++ % this.gatewayPorts.length] ?? 1);
  }

  private async portTo(server: Server, port: number, gateway?: number): Promise<number> {
    return (await this.options.between?.(server, port, gateway)) ?? port;
  }

  private async startService(name: string, environment: Record<string, string>): Promise<void> {
    this.services.set(name, await this.launch(name, environment));
  }

  private async launch(name: string, environment: Record<string, string>): Promise<ServiceProcess> {
    const service = new ServiceProcess(name, await freePort(), {
      HOST: '127.0.0.1',
      GRPC_HOST: '127.0.0.1',
      INTERNAL_AUTH_SECRET: this.secrets.internalAuthSecret,
      ...environment,
    });
    this.processes.push(service);
    await service.start();
    return service;
  }
}

/** As Promise.all, but a failure is told when nothing is under way any more that would outlive `stop`. */
async function allSettled<T>(started: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(started);
  return await Promise.all(started);
}

const addressVariable = (service: string) => `${service.toUpperCase()}_ADDRESS`;

const portOf = (url: string) => Number(new URL(url).port);

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
