/** Configuration of the event bus, the same for every service that uses one. */
import { z } from 'zod';
import type { Logger } from 'pino';
import type { EventBus } from './event-bus.js';
import { InProcessEventBus } from './in-process-event-bus.js';
import { NatsEventBus } from './nats-event-bus.js';
import type { StreamLimits } from './nats-stream.js';

const DAY_MS = 24 * 60 * 60 * 1_000;

const natsUrls = z
  .string()
  .transform((value) => value.split(',').map((url) => url.trim()))
  .refine((urls) => urls.every((url) => URL.canParse(url) && ['nats:', 'tls:'].includes(new URL(url).protocol)), {
    error: 'must be nats://host:port or tls://host:port, several separated by commas',
  })
  .refine((urls) => urls.every((url) => !URL.canParse(url) || new URL(url).username === ''), {
    error: 'must carry no credentials, since URLs end up in logs; use NATS_TOKEN',
  });

/** For every service that reads or writes events. Without NATS_URL, events stay within the process. */
export const eventBusVariables = { NATS_URL: natsUrls.optional(), NATS_TOKEN: z.string().min(1).optional() };

/** For the service that owns the stream. */
export const eventStreamVariables = {
  NATS_STREAM_MAX_AGE_DAYS: z.coerce.number('must be a number of days').min(0.01).max(3_650).default(30),
  NATS_STREAM_MAX_BYTES: z.coerce
    .number('must be a number of bytes, or -1 for no limit')
    .int('must be a whole number')
    .refine((bytes) => bytes === -1 || bytes >= 1_048_576, { error: 'must be at least 1048576, or -1 for no limit' })
    .default(1_073_741_824),
  NATS_STREAM_REPLICAS: z.coerce.number().int().min(1, 'must be 1 to 5').max(5, 'must be 1 to 5').default(1),
};

export interface EventBusConfig {
  /** Undefined: in-process. */
  nats: { servers: string[]; token: string | undefined } | undefined;
}

export function eventBusConfig(variables: z.output<z.ZodObject<typeof eventBusVariables>>): EventBusConfig {
  const { NATS_URL: servers, NATS_TOKEN: token } = variables;
  return { nats: servers && { servers, token } };
}

export function eventStreamLimits(variables: z.output<z.ZodObject<typeof eventStreamVariables>>): StreamLimits {
  return {
    maxAgeMs: Math.round(variables.NATS_STREAM_MAX_AGE_DAYS * DAY_MS),
    maxBytes: variables.NATS_STREAM_MAX_BYTES,
    replicas: variables.NATS_STREAM_REPLICAS,
  };
}

/** Returns at once; a bus on NATS connects in the background. `stream`: only from the service that owns the stream. */
export function createEventBus(
  config: EventBusConfig,
  options: { clientName: string; log: Logger; stream?: StreamLimits },
): EventBus {
  if (!config.nats) return new InProcessEventBus(options.log);
  const { clientName, log, stream } = options;
  return new NatsEventBus({ ...config.nats, clientName, stream, log });
}
