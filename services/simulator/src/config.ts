import {
  baseConfig,
  baseVariables,
  defineConfig,
  httpVariables,
  portVariable,
  type BaseConfig,
} from '@orbisvoice/service-kit/config';
import { z } from 'zod';

export interface SimulatorConfig extends BaseConfig {
  http: { host: string; port: number };
  /** Port for TLS beside the plain one, with a certificate of its own if none is given. Undefined: no TLS. */
  tls: { port: number; certificate: { certFile: string; keyFile: string } | undefined } | undefined;
  /** Undefined: any key that is not empty. */
  apiKeys: string[] | undefined;
  /** Models and voices that exist. Undefined: every Live model, Gemini's voices. */
  models: string[] | undefined;
  voices: string[] | undefined;
  responseDelayMs: number;
  maxConnections: number;
}

export const simulatorConfig = defineConfig(
  'SIMULATOR',
  {
    ...baseVariables,
    ...httpVariables(4010),
    TLS_PORT: portVariable(0),
    TLS_CERT_FILE: z.string().optional(),
    TLS_KEY_FILE: z.string().optional(),
    API_KEYS: z.string().optional(),
    MODELS: z.string().optional(),
    VOICES: z.string().optional(),
    RESPONSE_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(0),
    MAX_CONNECTIONS: z.coerce.number().int().min(1).max(100_000).default(2_000),
  },
  (variables): SimulatorConfig => ({
    ...baseConfig(variables),
    http: { host: variables.HOST, port: variables.PORT },
    tls:
      variables.TLS_PORT === 0
        ? undefined
        : {
            port: variables.TLS_PORT,
            certificate:
              variables.TLS_CERT_FILE && variables.TLS_KEY_FILE
                ? { certFile: variables.TLS_CERT_FILE, keyFile: variables.TLS_KEY_FILE }
                : undefined,
          },
    apiKeys: namesIn(variables.API_KEYS),
    models: namesIn(variables.MODELS),
    voices: namesIn(variables.VOICES),
    responseDelayMs: variables.RESPONSE_DELAY_MS,
    maxConnections: variables.MAX_CONNECTIONS,
  }),
);

/** "a, b" -> ["a", "b"]. */
function namesIn(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}
