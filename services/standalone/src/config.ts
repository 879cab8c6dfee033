import { resolve } from 'node:path';
import { z } from 'zod';
import { defineConfig, portVariable, urlVariable } from '@orbisvoice/service-kit/config';
import { allowListText } from '@orbisvoice/service-kit/outbound/outbound-config';
import { tracingEnvironment, tracingVariables } from '@orbisvoice/service-kit/telemetry/tracing-config';
import { providerKeyVariable } from '@orbisvoice/voice-gateway/config';

export interface StandaloneConfig {
  dataDir: string;
  logLevel: string;
  ports: Ports;
  /** Undefined: the simulator answers. */
  gemini: { apiKey: string; model: string | undefined; baseUrl: string | undefined } | undefined;
  /** What HTTP tools may reach besides the demo's endpoint, as in OUTBOUND_ALLOW of `tools`. */
  outboundAllow: string;
  /** Variables of tracing, for every service. */
  tracing: Record<string, string>;
}

/** 0: any free port. */
export interface Ports {
  api: number;
  /** The API's gRPC door. */
  apiGrpc: number;
  web: number;
  voiceGateway: number;
  simulator: number;
  metrics: number;
}

/** Variables of `npm start`. `API_PORT` and its like move a door that is taken. */
export const standaloneConfig = defineConfig(
  'STANDALONE',
  {
    DATA_DIR: z.string().default('.orbisvoice'),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    API_PORT: portVariable(3000),
    API_GRPC_PORT: portVariable(50_050),
    WEB_PORT: portVariable(3001),
    VOICE_GATEWAY_PORT: portVariable(4001),
    SIMULATOR_PORT: portVariable(4010),
    METRICS_PORT: portVariable(9464),
    GEMINI_API_KEY: providerKeyVariable.optional(),
    GEMINI_MODEL: z.string().max(200).optional(),
    GEMINI_BASE_URL: urlVariable('https:', 'http:').optional(),
    OUTBOUND_ALLOW: allowListText,
    ...tracingVariables,
  },
  (variables): StandaloneConfig => ({
    dataDir: resolve(variables.DATA_DIR),
    logLevel: variables.LOG_LEVEL,
    ports: {
      api: variables.API_PORT,
      apiGrpc: variables.API_GRPC_PORT,
      web: variables.WEB_PORT,
      voiceGateway: variables.VOICE_GATEWAY_PORT,
      simulator: variables.SIMULATOR_PORT,
      metrics: variables.METRICS_PORT,
    },
    gemini:
      variables.GEMINI_API_KEY === undefined
        ? undefined
        : { apiKey: variables.GEMINI_API_KEY, model: variables.GEMINI_MODEL, baseUrl: variables.GEMINI_BASE_URL },
    outboundAllow: variables.OUTBOUND_ALLOW,
    tracing: tracingEnvironment(variables),
  }),
);
