import {
  baseConfig,
  baseVariables,
  databaseVariables,
  defineConfig,
  grpcVariables,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';

export interface AgentsConfig extends BaseConfig {
  grpc: { host: string; port: number };
  database: { url: string; poolSize: number };
}

export const agentsConfig = defineConfig(
  'AGENTS',
  { ...baseVariables, ...grpcVariables(50_052), ...databaseVariables },
  (variables): AgentsConfig => ({
    ...baseConfig(variables),
    grpc: { host: variables.GRPC_HOST, port: variables.GRPC_PORT },
    database: { url: variables.DATABASE_URL, poolSize: variables.DATABASE_POOL_SIZE },
  }),
);
