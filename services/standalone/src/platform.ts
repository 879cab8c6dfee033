/**
 * Every service in one process, wired over real gRPC on loopback: what `npm start` runs, what the single-container image runs, and
 * what the whole-system tests run against.
 */
import { accountsService } from '@orbisvoice/accounts/service';
import { agentsService } from '@orbisvoice/agents/service';
import { apiService } from '@orbisvoice/api/service';
import type { BaseConfig, Environment } from '@orbisvoice/service-kit/config';
import { startMetricsServer, type MetricsServer } from '@orbisvoice/service-kit/metrics-server';
import { startService, type RunningService, type ServiceDefinition } from '@orbisvoice/service-kit/service';
import { simulatorService } from '@orbisvoice/simulator/service';
import { toolsService } from '@orbisvoice/tools/service';
import { createTranscriptsService } from '@orbisvoice/transcripts/service';
import type { ModelVerdict } from '@orbisvoice/voice-gateway/models/model-check';
import { ProviderStanding } from '@orbisvoice/voice-gateway/models/provider-standing';
import { voiceGatewayService } from '@orbisvoice/voice-gateway/service';
import { webService } from '@orbisvoice/web/service';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Health } from '@orbisvoice/service-kit/health';
import type { Ports } from './config.js';
import { setUpDatabase } from './database-setup.js';
import { startDemoEndpoint, type DemoEndpoint } from './demo-endpoint.js';
import { reservePort } from './ports.js';
import type { Secrets } from './secrets.js';

export interface PlatformOptions {
  /** A superuser's URL of the database to use; schemas and roles are made in it. */
  databaseUrl: string;
  secrets: Secrets;
  ports: Ports;
  /** Undefined: the simulator answers. */
  gemini?: { apiKey: string; model?: string | undefined; baseUrl?: string | undefined } | undefined;
  /** Private addresses that HTTP tools may reach besides the demo's endpoint, as in OUTBOUND_ALLOW of `tools`. */
  outboundAllow?: string;
  /** More variables for every service, such as `VOICE_GATEWAY_MAX_CALLS`. */
  environment?: Environment;
  log(service: string): Logger;
  /** Told about each slow step. */
  onProgress?(step: string): void;
  /** False leaves the console out. Default true. */
  web?: boolean;
  /** False: gateways run in processes of their own, and this is none of them. Default true. */
  voiceGateway?: boolean;
}

export interface Platform {
  apiUrl: string;
  /** host:port of the API's gRPC door. */
  grpcAddress: string;
  webUrl: string;
  streamUrl: string;
  metricsUrl: string;
  /** '' when Gemini answers. */
  simulatorUrl: string;
  demoEndpointUrl: string;
  addresses: { accounts: string; agents: string; tools: string; transcripts: string };
  services: RunningService[];
  /** What the provider said of the key and the default model, within 10 s of the start. Undefined: no gateway here tries them. */
  providerVerdict: Promise<ModelVerdict | undefined>;
  /** Stops the doors first, then what is behind them, so that the last turns are stored. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const starting = new Starting(options);
  try {
    return await starting.run();
  } catch (error) {
    await starting.stop();
    throw error;
  }
}

class Starting {
  private readonly services: RunningService[] = [];
  private demo: DemoEndpoint | undefined;
  private metrics: MetricsServer | undefined;

  constructor(private readonly options: PlatformOptions) {}

  async run(): Promise<Platform> {
    const { options } = this;
    options.onProgress?.('Setting up the database');
    const databases = await setUpDatabase(options.databaseUrl, options.secrets.databasePassword);
    this.demo = await startDemoEndpoint();
    options.onProgress?.('Starting the services');
    // `agents` asks the gateway, which starts after it.
    const gatewayGrpc = options.voiceGateway === false ? undefined : await reservePort(0);
    const addresses = await this.startInternal(databases, this.demo.hostAndPort, gatewayGrpc?.port);
    // The calls have ended when it stops: nobody needs time to leave.
    const environment = { PORT: String(options.ports.simulator), STOP_TIMEOUT_MS: '0' };
    const simulator = options.gemini ? undefined : await this.start(simulatorService, environment);
    const gateway = gatewayGrpc && (await this.startGateway(addresses, simulator, gatewayGrpc));
    const gatewayPort = gateway?.httpPort ?? options.ports.voiceGateway;
    const { api, web } = await this.startDoors(addresses, gatewayPort);
    this.metrics = await this.startMetrics();
    return {
      apiUrl: `http://${HOST}:${api.httpPort}`,
      grpcAddress: `${HOST}:${api.grpcPort}`,
      webUrl: web ? `http://${HOST}:${web.httpPort}` : '',
      streamUrl: `ws://${HOST}:${gatewayPort}/stream`,
      metricsUrl: `http://${HOST}:${this.metrics.port}/metrics`,
      simulatorUrl: simulator ? `http://${HOST}:${simulator.httpPort}` : '',
      demoEndpointUrl: this.demo.url,
      addresses,
      services: this.services,
      providerVerdict: gateway?.app.get(ProviderStanding).firstVerdict ?? Promise.resolve(undefined),
      stop: () => this.stop(),
    };
  }

  /** In the reverse order of their start: doors first. What fails to stop keeps nothing else from it. */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (stop: (() => Promise<void>) | undefined) => {
      await stop?.().catch((error: unknown) => failures.push(error));
    };
    for (const service of this.services.toReversed()) await attempt(() => service.stop());
    await attempt(this.metrics?.close);
    await attempt(this.demo?.close);
    if (failures.length > 0) throw failures[0];
  }

  private async startInternal(
    databases: Record<string, string>,
    demoHostAndPort: string,
    gatewayGrpcPort: number | undefined,
  ): Promise<Platform['addresses']> {
    const { secrets } = this.options;
    const accounts = await this.start(accountsService, {
      DATABASE_URL: databases['accounts'],
      API_KEY_JWT_SECRET: secrets.apiKeyJwtSecret,
    });
    const agents = await this.start(agentsService, {
      DATABASE_URL: databases['agents'],
      VOICE_GATEWAY_ADDRESS: gatewayGrpcPort === undefined ? undefined : `${HOST}:${gatewayGrpcPort}`,
    });
    const tools = await this.start(toolsService, {
      DATABASE_URL: databases['tools'],
      TOOLS_ENCRYPTION_KEY: secrets.toolsEncryptionKey,
      OUTBOUND_ALLOW: [demoHostAndPort, this.options.outboundAllow].filter(Boolean).join(','),
    });
    const onlyHolder = this.options.voiceGateway !== false;
    const transcripts = await this.start(createTranscriptsService({ onlyHolder }), {
      DATABASE_URL: databases['transcripts'],
    });
    const address = (service: RunningService) => `${HOST}:${service.grpcPort}`;
    return {
      accounts: address(accounts),
      agents: address(agents),
      tools: address(tools),
      transcripts: address(transcripts),
    };
  }

  private async startGateway(
    addresses: Platform['addresses'],
    simulator: RunningService | undefined,
    grpc: { port: number; release(): Promise<void> },
  ): Promise<RunningService> {
    await grpc.release();
    return await this.start(voiceGatewayService, {
      ...toAddressVariables(addresses),
      ...this.providerVariables(simulator),
      PORT: String(this.options.ports.voiceGateway),
      GRPC_PORT: String(grpc.port),
    });
  }

  private async startDoors(addresses: Platform['addresses'], voiceGatewayPort: number) {
    const { ports } = this.options;
    // The API allows the console's origin, and the console is told the API's port. So the console's port is settled first,
    // and kept from others until the console opens it.
    const reserved = this.options.web === false ? undefined : await reservePort(ports.web);
    const api = await this.start(apiService, {
      ...toAddressVariables(addresses),
      PORT: String(ports.api),
      GRPC_PORT: String(ports.apiGrpc),
      CORS_ORIGINS: reserved ? `http://${HOST}:${reserved.port},http://localhost:${reserved.port}` : '',
      VOICE_GATEWAY_PUBLIC_URL: `ws://${HOST}:${voiceGatewayPort}`,
    }).finally(() => reserved?.release());
    if (!reserved) return { api, web: undefined };
    const webVariables = {
      PORT: String(reserved.port),
      API_PORT: String(api.httpPort),
      VOICE_GATEWAY_PORT: String(voiceGatewayPort),
    };
    return { api, web: await this.start(webService, webVariables) };
  }

  private providerVariables(simulator: RunningService | undefined): Environment {
    const { gemini } = this.options;
    if (simulator) {
      return {
        // The simulator takes any word.
        GEMINI_API_KEY: 'simulator',
        GEMINI_BASE_URL: `http://${HOST}:${simulator.httpPort}`,
        GEMINI_MODEL: 'simulated-live',
        PROVIDER_SIMULATED: 'true',
      };
    }
    return { GEMINI_API_KEY: gemini?.apiKey, GEMINI_MODEL: gemini?.model, GEMINI_BASE_URL: gemini?.baseUrl };
  }

  private async start<Config extends BaseConfig>(
    definition: ServiceDefinition<Config>,
    variables: Environment,
  ): Promise<RunningService> {
    const environment = {
      INTERNAL_AUTH_SECRET: this.options.secrets.internalAuthSecret,
      HOST,
      GRPC_HOST: HOST,
      GRPC_PORT: '0',
      ...variables,
      ...this.options.environment,
    };
    const service = await startService(definition, { environment, log: this.options.log(definition.name) });
    this.services.push(service);
    return service;
  }

  private async startMetrics(): Promise<MetricsServer> {
    const process = { name: 'process', registry: new Registry(), health: new Health() };
    collectDefaultMetrics({ register: process.registry });
    return await startMetricsServer({
      host: HOST,
      port: this.options.ports.metrics,
      targets: [process, ...this.services],
    });
  }
}

function toAddressVariables(addresses: Platform['addresses']): Environment {
  return {
    ACCOUNTS_ADDRESS: addresses.accounts,
    AGENTS_ADDRESS: addresses.agents,
    TOOLS_ADDRESS: addresses.tools,
    TRANSCRIPTS_ADDRESS: addresses.transcripts,
  };
}
