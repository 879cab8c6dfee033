import {
  baseConfig,
  baseVariables,
  defineConfig,
  grpcAddressVariable,
  urlVariable,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import { z } from 'zod';

export interface SmokeTestConfig extends BaseConfig {
  accountsAddress: string;
  /** Without a slash at the end. */
  apiUrl: string;
  /** Undefined: the API's gRPC door is left out. */
  grpcAddress: string | undefined;
  streamUrl: string;
  timeoutMs: number;
}

export const smokeTestConfig = defineConfig(
  'SMOKE_TEST',
  {
    ...baseVariables,
    ACCOUNTS_ADDRESS: grpcAddressVariable,
    API_URL: urlVariable('http:', 'https:'),
    API_GRPC_ADDRESS: grpcAddressVariable.optional(),
    VOICE_GATEWAY_URL: urlVariable('ws:', 'wss:'),
    TIMEOUT_MS: z.coerce.number().int().min(5_000).max(600_000).default(120_000),
  },
  (variables): SmokeTestConfig => ({
    ...baseConfig(variables),
    accountsAddress: variables.ACCOUNTS_ADDRESS,
    apiUrl: variables.API_URL.replace(/\/+$/, ''),
    grpcAddress: variables.API_GRPC_ADDRESS,
    streamUrl: variables.VOICE_GATEWAY_URL,
    timeoutMs: variables.TIMEOUT_MS,
  }),
);
