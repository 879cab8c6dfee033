import {
  baseConfig,
  baseVariables,
  databaseVariables,
  defineConfig,
  grpcVariables,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import {
  eventBusConfig,
  eventBusVariables,
  eventStreamLimits,
  eventStreamVariables,
  type EventBusConfig,
} from '@orbisvoice/service-kit/event-bus/event-bus-config';
import type { StreamLimits } from '@orbisvoice/service-kit/event-bus/nats-stream';

export interface TranscriptsConfig extends BaseConfig {
  grpc: { host: string; port: number };
  database: { url: string; poolSize: number };
  eventBus: EventBusConfig;
  stream: StreamLimits;
}

export const transcriptsConfig = defineConfig(
  'TRANSCRIPTS',
  {
    ...baseVariables,
    ...grpcVariables(50_054),
    ...databaseVariables,
    ...eventBusVariables,
    ...eventStreamVariables,
  },
  (variables): TranscriptsConfig => ({
    ...baseConfig(variables),
    grpc: { host: variables.GRPC_HOST, port: variables.GRPC_PORT },
    database: { url: variables.DATABASE_URL, poolSize: variables.DATABASE_POOL_SIZE },
    eventBus: eventBusConfig(variables),
    stream: eventStreamLimits(variables),
  }),
);
