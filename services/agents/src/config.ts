import {
  baseConfig,
  baseVariables,
  databaseConfig,
  databaseVariables,
  defineConfig,
  grpcAddressVariable,
  grpcConfig,
  grpcVariables,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import type { DatabaseAddress } from '@orbisvoice/service-kit/database';
import type { GrpcBinding } from '@orbisvoice/service-kit/grpc-server';

export interface AgentsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
  /** Of the gateway that tries models and voices. Undefined: nobody does. */
  voiceGatewayAddress: string | undefined;
}

export const agentsConfig = defineConfig(
  'AGENTS',
  {
    ...baseVariables,
    ...grpcVariables(50_052),
    ...databaseVariables,
    VOICE_GATEWAY_ADDRESS: grpcAddressVariable.optional(),
  },
  (variables): AgentsConfig => ({
    ...baseConfig(variables),
    grpc: grpcConfig(variables),
    database: databaseConfig(variables),
    voiceGatewayAddress: variables.VOICE_GATEWAY_ADDRESS,
  }),
);
