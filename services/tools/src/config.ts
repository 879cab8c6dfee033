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
import { outboundConfig, outboundVariables } from '@orbisvoice/service-kit/outbound/outbound-config';
import type { OutboundPolicyOptions } from '@orbisvoice/service-kit/outbound/outbound-policy';
import { z } from 'zod';

/** Injection token of the service's configuration. */
export const TOOLS_CONFIG = Symbol('TOOLS_CONFIG');

export interface ToolsConfig extends BaseConfig {
  grpc: GrpcBinding;
  database: DatabaseAddress;
  /** Headers of HTTP tools are encrypted with a key derived from it. Losing it means entering them again. */
  encryptionKey: string;
  outbound: OutboundPolicyOptions;
  /** Limit of an endpoint's response, as it arrives and decompressed. */
  maxResponseBytes: number;
  /** ExecuteTool requests of one organization that may be under way in this process, waiting ones included. */
  maxConcurrentPerOrganization: number;
}

/** As JSON text an answer grows up to sixfold (each byte of it an escape), and one gRPC message takes 16 MiB. */
const MAX_RESPONSE_BYTES = 2 * 1024 * 1024;

const variables = {
  ...baseVariables,
  ...grpcVariables(50_053),
  ...databaseVariables,
  ...outboundVariables,
  TOOLS_ENCRYPTION_KEY: secretVariable,
  MAX_RESPONSE_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .max(MAX_RESPONSE_BYTES)
    .default(256 * 1024),
  MAX_CONCURRENT_PER_ORGANIZATION: z.coerce.number().int().min(1).max(10_000).default(50),
};

export const toolsConfig = defineConfig('TOOLS', variables, (values): ToolsConfig => ({
  ...baseConfig(values),
  grpc: grpcConfig(values),
  database: databaseConfig(values),
  encryptionKey: values.TOOLS_ENCRYPTION_KEY,
  outbound: outboundConfig(values),
  maxResponseBytes: values.MAX_RESPONSE_BYTES,
  maxConcurrentPerOrganization: values.MAX_CONCURRENT_PER_ORGANIZATION,
}));
