import {
  baseConfig,
  baseVariables,
  defineConfig,
  grpcAddressVariable,
  grpcConfig,
  grpcVariables,
  httpVariables,
  ignoringPublicHost,
  trustedProxiesVariable,
  urlVariable,
  type BaseConfig,
  type ConfigDefinition,
} from '@orbisvoice/service-kit/config';
import type { GrpcBinding } from '@orbisvoice/service-kit/grpc-server';
import { redisUrlVariable } from '@orbisvoice/service-kit/redis';
import { z } from 'zod';

/** It travels in a header. A line break at its end, as of a file, is not part of it. */
export const providerKeyVariable = z
  .string()
  .trim()
  .min(1)
  .regex(/^[\x21-\x7e]*$/, 'must be a key: visible ASCII characters without spaces');

export interface Config extends BaseConfig {
  http: { host: string; port: number };
  /** For other services. */
  grpc: GrpcBinding;
  addresses: { accounts: string; agents: string; tools: string; transcripts: string };
  gemini: {
    apiKey: string;
    model: string;
    baseUrl: string;
    simulated: boolean;
    setupTimeoutMs: number;
    pingIntervalMs: number;
    pingTimeoutMs: number;
    unsentTimeoutMs: number;
  };
  /** Whether the key and the default model are tried at the start, and again now and then. */
  checksProvider: boolean;
  /** How a call's connection to the model is replaced. */
  link: {
    rotation: 'close-then-resume' | 'make-before-break';
    rotateAfterMs: number;
    replayMs: number;
  };
  /** Addresses or CIDRs of proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  maxCalls: number;
  /** Calls beyond these, for clients that come back to a call which another gateway held. */
  resumeReserve: number;
  /** Sockets that have not started a call; as many more that come back to one. */
  maxUnstarted: number;
  maxUnstartedPerAddress: number;
  /** From here on there should be more gateways. */
  softMaxCalls: number;
  /** 0: no limit. */
  maxCallsPerOrganization: number;
  maxEventLoopLagMs: number;
  clientGraceMs: number;
  /** How long a stopping gateway takes to hand its calls over. */
  drainTimeoutMs: number;
  /** Undefined: calls stay with this process. */
  redisUrl: string | undefined;
}

/** A current model of the Live API. The sources' gemini-2.0-flash is not one (S0-65). */
export const DEFAULT_GEMINI_MODEL = 'gemini-3.8-live';

/** The rest is what calls grow by while another gateway starts. */
const SOFT_SHARE = 0.7;
const RESERVE_SHARE = 0.1;
/** So that several addresses are needed to take all places of the unstarted. */
const ADDRESS_SHARE = 0.25;

const definition = defineConfig(
  'VOICE_GATEWAY',
  {
    ...baseVariables,
    ...httpVariables(4001),
    ...grpcVariables(50_055),
    ACCOUNTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50051'),
    AGENTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50052'),
    TOOLS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50053'),
    TRANSCRIPTS_ADDRESS: grpcAddressVariable.default('127.0.0.1:50054'),
    GEMINI_API_KEY: providerKeyVariable,
    GEMINI_MODEL: z.string().max(200).default(DEFAULT_GEMINI_MODEL),
    GEMINI_BASE_URL: urlVariable('https:', 'http:').default('https://generativelanguage.googleapis.com'),
    /** Set where the simulator answers, so that callers are told. */
    PROVIDER_SIMULATED: z.stringbool().default(false),
    PROVIDER_CHECK: z.stringbool().default(true),
    PROVIDER_SETUP_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
    PROVIDER_PING_INTERVAL_MS: z.coerce.number().int().min(100).max(300_000).default(15_000),
    /** The provider's pongs may be 30 s late, so a shorter time would end connections that live. */
    PROVIDER_PING_TIMEOUT_MS: z.coerce.number().int().min(200).max(600_000).default(45_000),
    /** Audio that TCP can not get rid of for this long: the network path is gone. */
    PROVIDER_UNSENT_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(5_000),
    /** Gemini refuses to resume a session whose older connection is still open. */
    PROVIDER_ROTATION: z.enum(['close-then-resume', 'make-before-break']).default('close-then-resume'),
    /** Before the 58 minutes after which Gemini closes without a word; `setTimeout` takes no more than 2^31 - 1. */
    PROVIDER_ROTATE_AFTER_MS: z.coerce.number().int().min(1_000).max(2_147_483_647).default(3_000_000),
    /** 32 bytes of memory for each, in a call whose caller speaks that long. */
    UPLINK_REPLAY_MS: z.coerce.number().int().min(1_000).max(60_000).default(15_000),
    /** How long a client that lost its connection may take to come back before its call ends. */
    CLIENT_GRACE_MS: z.coerce.number().int().min(0).max(300_000).default(15_000),
    /** How long a stopping gateway may take to hand its calls over. */
    DRAIN_TIMEOUT_MS: z.coerce.number().int().min(0).max(3_600_000).default(20_000),
    /** Where gateways keep what another one needs to take a call over. */
    REDIS_URL: redisUrlVariable.optional(),
    MAX_CALLS: z.coerce.number().int().min(1).max(100_000).default(500),
    RESUME_RESERVE: z.coerce.number().int().min(0).max(100_000).optional(),
    MAX_UNSTARTED: z.coerce.number().int().min(1).max(100_000).default(1_000),
    MAX_UNSTARTED_PER_ADDRESS: z.coerce.number().int().min(1).max(100_000).optional(),
    TRUSTED_PROXIES: trustedProxiesVariable,
    SOFT_MAX_CALLS: z.coerce.number().int().min(1).max(100_000).optional(),
    MAX_CALLS_PER_ORGANIZATION: z.coerce.number().int().min(0).max(100_000).default(0),
    /** With more lag than this (99th percentile) new calls are refused. */
    MAX_EVENT_LOOP_LAG_MS: z.coerce.number().int().min(10).max(60_000).default(100),
  },
  (variables): Config => ({
    ...baseConfig(variables),
    http: { host: variables.HOST, port: variables.PORT },
    grpc: grpcConfig(variables),
    addresses: {
      accounts: variables.ACCOUNTS_ADDRESS,
      agents: variables.AGENTS_ADDRESS,
      tools: variables.TOOLS_ADDRESS,
      transcripts: variables.TRANSCRIPTS_ADDRESS,
    },
    gemini: {
      apiKey: variables.GEMINI_API_KEY,
      model: variables.GEMINI_MODEL,
      baseUrl: variables.GEMINI_BASE_URL,
      simulated: variables.PROVIDER_SIMULATED,
      setupTimeoutMs: variables.PROVIDER_SETUP_TIMEOUT_MS,
      pingIntervalMs: variables.PROVIDER_PING_INTERVAL_MS,
      pingTimeoutMs: variables.PROVIDER_PING_TIMEOUT_MS,
      unsentTimeoutMs: variables.PROVIDER_UNSENT_TIMEOUT_MS,
    },
    checksProvider: variables.PROVIDER_CHECK,
    link: {
      rotation: variables.PROVIDER_ROTATION,
      rotateAfterMs: variables.PROVIDER_ROTATE_AFTER_MS,
      replayMs: variables.UPLINK_REPLAY_MS,
    },
    trustedProxies: variables.TRUSTED_PROXIES,
    maxCalls: variables.MAX_CALLS,
    resumeReserve: variables.RESUME_RESERVE ?? Math.ceil(RESERVE_SHARE * variables.MAX_CALLS),
    maxUnstarted: variables.MAX_UNSTARTED,
    maxUnstartedPerAddress: variables.MAX_UNSTARTED_PER_ADDRESS ?? Math.ceil(ADDRESS_SHARE * variables.MAX_UNSTARTED),
    softMaxCalls: Math.min(
      variables.SOFT_MAX_CALLS ?? Math.ceil(SOFT_SHARE * variables.MAX_CALLS),
      variables.MAX_CALLS,
    ),
    maxCallsPerOrganization: variables.MAX_CALLS_PER_ORGANIZATION,
    maxEventLoopLagMs: variables.MAX_EVENT_LOOP_LAG_MS,
    clientGraceMs: variables.CLIENT_GRACE_MS,
    drainTimeoutMs: variables.DRAIN_TIMEOUT_MS,
    redisUrl: variables.REDIS_URL,
  }),
);

export const configDefinition: ConfigDefinition<Config> = ignoringPublicHost(definition);
