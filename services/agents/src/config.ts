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

export interface AgentsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
}

export const agentsConfig = defineConfig(
  'AGENTS',
  { ...baseVariables, ...grpcVariables(50_052), ...databaseVariables },
  (variables): AgentsConfig => ({
    ...baseConfig(variables),
    grpc: grpcConfig(variables),
    database: databaseConfig(variables),
  }),
);
