import {
  baseConfig,
  baseVariables,
  databaseConfig,
  databaseVariables,
  defineConfig,
  grpcConfig,
  grpcVariables,
  secretVariable,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import type { DatabaseAddress } from '@orbisvoice/service-kit/database';
import type { GrpcBinding } from '@orbisvoice/service-kit/grpc-server';

export interface AccountsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
  /** Every key of the service is derived from it. Changing it ends all API keys, call tokens, links and sessions. */
  apiKeyJwtSecret: string;
}

export const accountsConfig = defineConfig(
  'ACCOUNTS',
  { ...baseVariables, ...grpcVariables(50_051), ...databaseVariables, API_KEY_JWT_SECRET: secretVariable },
  (variables): AccountsConfig => ({
    ...baseConfig(variables),
    grpc: grpcConfig(variables),
    database: databaseConfig(variables),
    apiKeyJwtSecret: variables.API_KEY_JWT_SECRET,
  }),
);
