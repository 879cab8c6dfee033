import { z } from 'zod';
import {
  baseConfig,
  baseVariables,
  defineConfig,
  grpcAddressVariable,
  grpcConfig,
  grpcVariables,
  httpVariables,
  ignoringPublicHost,
  listVariable,
  trustedProxiesVariable,
  urlVariable,
  type BaseConfig,
  type ConfigDefinition,
} from '@orbisvoice/service-kit/config';
import type { GrpcBinding } from '@orbisvoice/service-kit/grpc-server';

export interface RateLimitPolicy {
  requests: number;
  windowMs: number;
}

export interface ApiConfig extends BaseConfig {
  http: { host: string; port: number };
  /** The public gRPC door. */
  grpc: GrpcBinding;
  /** Addresses or CIDRs of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: string[];
  addresses: { accounts: string; agents: string; tools: string; transcripts: string };
  /** Where browsers and customers reach this service, such as "https://api.example.com". */
  publicUrl: string | undefined;
  /** Browser origins that may call with a session cookie and read answers. */
  allowedOrigins: string[];
  /** WebSocket URL that clients of the voice gateway open, such as "wss://voice.example.com/stream". */
  voiceGatewayUrl: string;
  rateLimits: { credential: RateLimitPolicy; address: RateLimitPolicy; signIn: RateLimitPolicy };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 };
const MAX_WINDOW_MS = 24 * UNIT_MS.h;

/** "30s", "1m", "1h" -> milliseconds. */
const durationVariable = z
  .string()
  .regex(/^[1-9]\d{0,6}[smh]$/, 'must be a whole number followed by s, m or h, such as 1m')
  .transform((text) => Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS])
  .refine((ms) => ms <= MAX_WINDOW_MS, 'must be at most 24h');

const requestsVariable = (fallback: number) =>
  z.coerce.number('must be a number').int('must be a whole number').min(1).max(1_000_000).default(fallback);

/** Exactly what a browser puts into its Origin header: scheme, host, and port when it is not the default one. */
export function isOrigin(value: string): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

const variables = {
  ...baseVariables,
  ...httpVariables(3000),
  ...grpcVariables(50_050),
  ACCOUNTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50051'),
  AGENTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50052'),
  TOOLS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50053'),
  TRANSCRIPTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50054'),
  PUBLIC_URL: urlVariable('http:', 'https:').optional(),
  CORS_ORIGINS: listVariable(isOrigin, 'must be origins such as https://app.example.com, separated by commas'),
  TRUSTED_PROXIES: trustedProxiesVariable,
  VOICE_GATEWAY_PUBLIC_URL: urlVariable('ws:', 'wss:').optional(),
  NEXT_PUBLIC_VOICE_GATEWAY_URL: urlVariable('ws:', 'wss:').optional(),
  VOICE_GATEWAY_HOST: z.string().default('localhost'),
  VOICE_GATEWAY_PORT: z.coerce.number('must be a port number').int().min(1).max(65_535).default(4001),
  RATE_LIMIT_REQUESTS: requestsVariable(600),
  RATE_LIMIT_WINDOW: durationVariable.default(UNIT_MS.m),
  SIGN_IN_RATE_LIMIT_REQUESTS: requestsVariable(10),
};

const definition = defineConfig('API', variables, (found): ApiConfig => {
  const perWindow = { requests: found.RATE_LIMIT_REQUESTS, windowMs: found.RATE_LIMIT_WINDOW };
  return {
    ...baseConfig(found),
    http: { host: found.HOST, port: found.PORT },
    grpc: grpcConfig(found),
    trustedProxies: found.TRUSTED_PROXIES,
    addresses: {
      accounts: found.ACCOUNTS_ADDRESS,
      agents: found.AGENTS_ADDRESS,
      tools: found.TOOLS_ADDRESS,
      transcripts: found.TRANSCRIPTS_ADDRESS,
    },
    publicUrl: found.PUBLIC_URL?.replace(/\/+$/, ''),
    allowedOrigins: [...found.CORS_ORIGINS, ...(found.PUBLIC_URL ? [new URL(found.PUBLIC_URL).origin] : [])],
    voiceGatewayUrl: streamUrl(
      found.VOICE_GATEWAY_PUBLIC_URL ??
        found.NEXT_PUBLIC_VOICE_GATEWAY_URL ??
        `ws://${found.VOICE_GATEWAY_HOST}:${found.VOICE_GATEWAY_PORT}`,
    ),
    rateLimits: {
      credential: perWindow,
      address: perWindow,
      signIn: { requests: found.SIGN_IN_RATE_LIMIT_REQUESTS, windowMs: UNIT_MS.m },
    },
  };
});

export const config: ConfigDefinition<ApiConfig> = ignoringPublicHost(definition);

/** The gateway's public URL may be given with or without the path that its socket listens on. */
function streamUrl(base: string): string {
  const url = new URL(base);
  if (!url.pathname.endsWith('/stream')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/stream`;
  return url.href;
}
