import {
  baseConfig,
  baseVariables,
  databaseVariables,
  defineConfig,
  grpcVariables,
  secretVariable,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';

export interface AccountsConfig extends BaseConfig {
  grpc: { host: string; port: number };
  database: { url: string; poolSize: number };
  /** Every key of the service is derived from it. Changing it ends all API keys, call tokens, links and sessions. */
  apiKeyJwtSecret: string;
}

export const accountsConfig = defineConfig(
  'ACCOUNTS',
  { ...baseVariables, ...grpcVariables(50_051), ...databaseVariables, API_KEY_JWT_SECRET: secretVariable },
  (variables): AccountsConfig => ({
    ...baseConfig(variables),
    grpc: { host: variables.GRPC_HOST, port: variables.GRPC_PORT },
    database: { url: variables.DATABASE_URL, poolSize: variables.DATABASE_POOL_SIZE },
    apiKeyJwtSecret: variables.API_KEY_JWT_SECRET,
  }),
);
