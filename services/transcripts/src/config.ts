import {
  baseConfig,
  baseVariables,
  databaseConfig,
  databaseVariables,
  defineConfig,
  grpcConfig,
  grpcVariables,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import type { DatabaseAddress } from '@orbisvoice/service-kit/database';
import type { GrpcBinding } from '@orbisvoice/service-kit/grpc-server';
import {
  eventBusConfig,
  eventBusVariables,
  eventStreamLimits,
  eventStreamVariables,
  type EventBusConfig,
} from '@orbisvoice/service-kit/event-bus/event-bus-config';
import type { StreamLimits } from '@orbisvoice/service-kit/event-bus/nats-stream';

export interface TranscriptsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
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
    grpc: grpcConfig(variables),
    database: databaseConfig(variables),
    eventBus: eventBusConfig(variables),
    stream: eventStreamLimits(variables),
  }),
);
