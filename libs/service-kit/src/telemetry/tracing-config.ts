/** The variables of tracing. What else OTEL_EXPORTER_OTLP_… and OTEL_RESOURCE_ATTRIBUTES say, the exporter reads by itself. */
import { z } from 'zod';
import type { TracingConfig } from './tracing.js';

const endpointVariable = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' });

export const tracingVariables = {
  TRACING_ENABLED: z.stringbool().default(false),
  TRACING_ENDPOINT: endpointVariable.optional(),
  TRACING_PII: z.stringbool().default(false),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpointVariable.optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(10).max(60_000).default(5_000),
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce.number().int().min(512).max(100_000).default(2_048),
};

type TracingVariables = z.output<z.ZodObject<typeof tracingVariables>>;

/** The variables again, for services that are started with an environment of their own. */
export function tracingEnvironment(variables: TracingVariables): Record<string, string> {
  const names = Object.keys(tracingVariables) as (keyof TracingVariables)[];
  const given = names.flatMap((name) => (variables[name] === undefined ? [] : [[name, String(variables[name])]]));
  return Object.fromEntries(given) as Record<string, string>;
}

export function tracingConfig(variables: TracingVariables): TracingConfig {
  return {
    enabled: variables.TRACING_ENABLED,
    endpoint: variables.TRACING_ENDPOINT ?? variables.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampler: variables.OTEL_TRACES_SAMPLER,
    samplerRatio: variables.OTEL_TRACES_SAMPLER_ARG,
    exportDelayMs: variables.OTEL_BSP_SCHEDULE_DELAY,
    maxQueuedSpans: variables.OTEL_BSP_MAX_QUEUE_SIZE,
    includePii: variables.TRACING_PII,
  };
}
