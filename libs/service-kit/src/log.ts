import { isSpanContextValid, trace } from '@opentelemetry/api';
import { pino, type Logger } from 'pino';
import type { LoggerService } from '@nestjs/common';

/** Injection token of the service's logger. */
export const LOG = Symbol('LOG');

export interface LogOptions {
  service: string;
  level: string;
  /** Lines go here instead of standard output. */
  destination?: NodeJS.WritableStream;
}

/** JSON lines, with `trace_id` and `span_id` inside of a span. No transcript, prompt, key or tool result goes into a log line: ids and kinds only. */
export function createLog(options: LogOptions): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: spanIds,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

function spanIds(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Nest's own messages through our logger: start-up chatter is debug, warnings and errors keep their level. */
export function nestLogger(log: Logger): LoggerService {
  return {
    log: (message: unknown, context?: string) => log.debug({ context }, String(message)),
    debug: (message: unknown, context?: string) => log.debug({ context }, String(message)),
    verbose: (message: unknown, context?: string) => log.trace({ context }, String(message)),
    warn: (message: unknown, context?: string) => log.warn({ context }, String(message)),
    error: (message: unknown, stack?: string, context?: string) => log.error({ context, stack }, String(message)),
    fatal: (message: unknown, context?: string) => log.fatal({ context }, String(message)),
  };
}
