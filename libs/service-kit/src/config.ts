/**
 * Configuration: environment variables, read once, validated by zod, turned into one typed tree.
 * A service called AGENTS finds DATABASE_URL as AGENTS_DATABASE_URL or, failing that, as DATABASE_URL, so that services
 * which share a process can be told apart.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DatabaseAddress } from './database.js';
import type { GrpcBinding } from './grpc-server.js';
import type { GrpcTlsFiles } from './grpc-tls.js';
import { tracingConfig, tracingVariables } from './telemetry/tracing-config.js';
import type { TracingConfig } from './telemetry/tracing.js';

export type Environment = Record<string, string | undefined>;

export interface ConfigDefinition<Config> {
  prefix: string;
  load(environment: Environment): Config;
}

/** Every problem of a bad environment, one a line, each naming its variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
  }
}

/** `shape` names the variables; `build` makes the tree from their parsed values. Empty variables count as absent. */
export function defineConfig<Shape extends z.core.$ZodLooseShape, Config>(
  prefix: string,
  shape: Shape,
  build: (variables: z.output<z.ZodObject<Shape>>) => Config,
): ConfigDefinition<Config> {
  return {
    prefix,
    load(environment) {
      const found: Environment = {};
      const usedNames = new Map<string, string>();
      for (const name of Object.keys(shape)) {
        const prefixed = `${prefix}_${name}`;
        const used = isSet(environment[prefixed]) ? prefixed : name;
        usedNames.set(name, used);
        if (isSet(environment[used])) found[name] = environment[used];
      }
      const parsed = z.object(shape).safeParse(found);
      if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, usedNames, found)));
      return build(parsed.data);
    },
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function describe(issue: z.core.$ZodIssue, usedNames: Map<string, string>, found: Environment): string {
  const name = String(issue.path[0] ?? '');
  const shown = usedNames.get(name) ?? name;
  return found[name] === undefined ? `${shown} is required.` : `${shown}: ${issue.message}.`;
}

export const portVariable = (fallback: number) =>
  z.coerce
    .number('must be a port number')
    .int('must be a whole number')
    .min(0)
    .max(65_535, 'must be at most 65535')
    .default(fallback);

export const secretVariable = z
  .string()
  .min(32, 'must be at least 32 characters long; make one with `openssl rand -base64 48`');

export const urlVariable = (...protocols: string[]) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
      error: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    })
    .transform(normalUrl);

/** As URL parsers read it, so that a scheme can be compared as text: HTTPS://Api.example:443 is https://api.example. */
function normalUrl(text: string): string {
  const { protocol, href } = new URL(text);
  // Addresses of databases keep what their drivers read in their own way.
  if (!/^(https?|wss?):$/.test(protocol)) return protocol + text.trim().slice(protocol.length);
  return /[/?#]\s*$/.test(text) ? href : href.replace(/\/$/, '');
}

/** "a, b" -> ["a", "b"]. */
export const listVariable = (accepts: (item: string) => boolean, message: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    )
    .refine((items) => items.every(accepts), message);

/** Proxies whose X-Forwarded headers are believed. */
export const trustedProxiesVariable = listVariable(
  isAddressRange,
  'must be IP addresses or CIDRs, separated by commas',
);

function isAddressRange(value: string): boolean {
  const [address = '', prefix, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** host:port, or dns:///host:port. */
export const grpcAddressVariable = z
  .string()
  .regex(/^(dns:\/\/\/)?[^\s/]+:\d+$/, 'must be host:port or dns:///host:port');

/** A whole number of milliseconds. */
export const durationMsVariable = (fallback: number, limits: { min: number; max: number }) =>
  z.coerce
    .number('must be a number of milliseconds')
    .int('must be a whole number')
    .min(limits.min)
    .max(limits.max)
    .default(fallback);

/** Variables that every service knows. */
export const baseVariables = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  METRICS_HOST: z.string().default('0.0.0.0'),
  METRICS_PORT: portVariable(9464),
  INTERNAL_AUTH_SECRET: secretVariable,
  /** Not ready, but still serving: until everybody who sends traffic has noticed. */
  STOP_DELAY_MS: durationMsVariable(0, { min: 0, max: 300_000 }),
  /** How long what runs may take to finish once the doors are closed. */
  STOP_TIMEOUT_MS: durationMsVariable(10_000, { min: 0, max: 3_600_000 }),
  ...tracingVariables,
  GRPC_TLS_CERT_FILE: z.string().optional(),
  GRPC_TLS_KEY_FILE: z.string().optional(),
  GRPC_TLS_CA_FILE: z.string().optional(),
};

export interface BaseConfig {
  production: boolean;
  logLevel: string;
  metrics: { host: string; port: number };
  internalAuthSecret: string;
  tracing: TracingConfig;
  stop: { delayMs: number; timeoutMs: number };
  /** Undefined: plain text between services. */
  grpcTls: GrpcTlsFiles | undefined;
}

export function baseConfig(variables: z.output<z.ZodObject<typeof baseVariables>>): BaseConfig {
  return {
    production: variables.NODE_ENV === 'production',
    logLevel: variables.LOG_LEVEL,
    metrics: { host: variables.METRICS_HOST, port: variables.METRICS_PORT },
    internalAuthSecret: variables.INTERNAL_AUTH_SECRET,
    tracing: tracingConfig(variables),
    stop: { delayMs: variables.STOP_DELAY_MS, timeoutMs: variables.STOP_TIMEOUT_MS },
    grpcTls: grpcTlsFiles(variables),
  };
}

function grpcTlsFiles(variables: z.output<z.ZodObject<typeof baseVariables>>): GrpcTlsFiles | undefined {
  const { GRPC_TLS_CERT_FILE: certFile, GRPC_TLS_KEY_FILE: keyFile, GRPC_TLS_CA_FILE: caFile } = variables;
  return (certFile ?? keyFile ?? caFile) ? { certFile, keyFile, caFile } : undefined;
}

/** Variables of a service with a gRPC door. */
export const grpcVariables = (port: number) => ({
  GRPC_HOST: z.string().default('0.0.0.0'),
  GRPC_PORT: portVariable(port),
  GRPC_MAX_CONNECTION_AGE_MS: durationMsVariable(300_000, { min: 1_000, max: 86_400_000 }),
  GRPC_MAX_CONNECTION_AGE_GRACE_MS: durationMsVariable(30_000, { min: 0, max: 3_600_000 }),
});

export function grpcConfig(variables: z.output<z.ZodObject<ReturnType<typeof grpcVariables>>>): GrpcBinding {
  return {
    host: variables.GRPC_HOST,
    port: variables.GRPC_PORT,
    maxConnectionAgeMs: variables.GRPC_MAX_CONNECTION_AGE_MS,
    maxConnectionAgeGraceMs: variables.GRPC_MAX_CONNECTION_AGE_GRACE_MS,
  };
}

/** Variables of a service with a schema in Postgres. */
export const databaseVariables = {
  DATABASE_URL: urlVariable('postgres:', 'postgresql:'),
  /** For what may be a moment old. */
  DATABASE_REPLICA_URL: urlVariable('postgres:', 'postgresql:').optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
};

export function databaseConfig(variables: z.output<z.ZodObject<typeof databaseVariables>>): DatabaseAddress {
  return {
    url: variables.DATABASE_URL,
    replicaUrl: variables.DATABASE_REPLICA_URL,
    poolSize: variables.DATABASE_POOL_SIZE,
  };
}

/**
 * `<PREFIX>_HOST` is also where others find this service (S0-66, S0-67), so a host name there says nothing about the interface to
 * listen on: only an IP address or "localhost" is taken as one.
 */
export function ignoringPublicHost<Config>(definition: ConfigDefinition<Config>): ConfigDefinition<Config> {
  const variable = `${definition.prefix}_HOST`;
  return {
    prefix: definition.prefix,
    load(environment) {
      const host = environment[variable] ?? '';
      const listens = host === 'localhost' || isIP(host) !== 0;
      if (listens) return definition.load(environment);
      const hidden = Object.create(environment) as Environment;
      hidden[variable] = undefined;
      return definition.load(hidden);
    },
  };
}

/** Variables of a service with an HTTP door. */
export const httpVariables = (port: number) => ({ HOST: z.string().default('0.0.0.0'), PORT: portVariable(port) });
