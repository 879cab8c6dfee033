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
  /** What stands between the gateways and another server: gets its port, gives the port to use instead. */
  between?(server: 'redis' | 'provider' | 'transcripts', port: number): Promise<number>;
}

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

  /** New connections go to the others from now on, as a balancer sees to when a gateway does not answer. */
  takeOut(gateway: ServiceProcess): void {
    const index = this.gateways.indexOf(gateway);
    this.gateways.splice(index, 1);
    this.gatewayPorts.splice(index, 1);
  }

  async stop(): Promise<void> {
    await this.balancer?.stop();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await Promise.all([...this.services.values()].map((service) => service.stop()));
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
    await this.startService('api', { ...addresses, PORT: String(apiPort), RATE_LIMIT_REQUESTS: '100000' });
    const organization = { apiUrl: `http://127.0.0.1:${apiPort}`, accounts: addresses['ACCOUNTS_ADDRESS']! };
    this.api = await newOrganization(organization, this.secrets.internalAuthSecret, 'tests');
  }

  private async startInternal(): Promise<Record<string, string>> {
    await this.postgres!.createDatabase(DATABASE);
    const urls = await setUpDatabase(this.postgres!.superuserUrl(DATABASE), this.secrets.databasePassword);
    const more: Record<string, Record<string, string>> = {
      accounts: { API_KEY_JWT_SECRET: this.secrets.apiKeyJwtSecret },
      agents: {},
      tools: {
        TOOLS_ENCRYPTION_KEY: this.secrets.toolsEncryptionKey,
        OUTBOUND_ALLOW: this.options.outboundAllow ?? '',
      },
      transcripts: { NATS_URL: this.nats.url, NATS_TOKEN },
    };
    const addresses: Record<string, string> = {};
    for (const [name, environment] of Object.entries(more)) {
      const port = await freePort();
      await this.startService(name, { ...environment, DATABASE_URL: urls[name]!, GRPC_PORT: String(port) });
      addresses[`${name.toUpperCase()}_ADDRESS`] = `127.0.0.1:${port}`;
    }
    return addresses;
  }

  private async startGateways(addresses: Record<string, string>): Promise<void> {
    const between = this.options.between ?? (async (_server, port) => port);
    const { url } = await this.simulator.listen({ port: 0, host: '127.0.0.1' });
    const redisPort = await between('redis', Number(new URL(this.redis.url).port));
    const transcripts = addresses['TRANSCRIPTS_ADDRESS']!.split(':')[1];
    const environment = {
      ...addresses,
      TRANSCRIPTS_ADDRESS: `127.0.0.1:${await between('transcripts', Number(transcripts))}`,
      GEMINI_API_KEY: 'test',
      GEMINI_MODEL: 'simulated-live',
      GEMINI_BASE_URL: `http://127.0.0.1:${await between('provider', Number(new URL(url).port))}`,
      PROVIDER_SIMULATED: 'true',
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      MAX_EVENT_LOOP_LAG_MS: '10000',
      ...this.options.gatewayEnvironment,
    };
    for (let i = 0; i < (this.options.gateways ?? 2); i++) {
      const port = await freePort();
      this.gateways.push(await this.launch('voice-gateway', { ...environment, PORT: String(port) }));
      this.gatewayPorts.push(port);
    }
    this.balancer = await TcpProxy.start(() => this.gatewayPorts[this.next++ % this.gatewayPorts.length] ?? 1);
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
    await service.start();
    return service;
  }
}
