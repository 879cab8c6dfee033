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
import { z } from 'zod';

export interface TranscriptsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
  eventBus: EventBusConfig;
  stream: StreamLimits;
  /** How long the holder of a conversation may be silent before it is ended. */
  holderLeaseMs: number;
}

export const transcriptsConfig = defineConfig(
  'TRANSCRIPTS',
  {
    ...baseVariables,
    ...grpcVariables(50_054),
    ...databaseVariables,
    ...eventBusVariables,
    ...eventStreamVariables,
    HOLDER_LEASE_MS: z.coerce.number().int().min(500).max(86_400_000).default(180_000),
  },
  (variables): TranscriptsConfig => ({
    ...baseConfig(variables),
    grpc: grpcConfig(variables),
    database: databaseConfig(variables),
    eventBus: eventBusConfig(variables),
    stream: eventStreamLimits(variables),
    holderLeaseMs: variables.HOLDER_LEASE_MS,
  }),
);
