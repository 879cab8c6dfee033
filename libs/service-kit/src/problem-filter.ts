/** RFC 9457: every error of an HTTP door is a problem document. */
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { DomainError, toDomainError, type ErrorKind } from './errors.js';

const STATUS: Record<ErrorKind, number> = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  conflict: 409,
  failed_precondition: 412,
  resource_exhausted: 429,
  cancelled: 499,
  deadline_exceeded: 504,
  unavailable: 503,
  internal: 500,
};

const TITLES: Record<ErrorKind, string> = {
  invalid_argument: 'Invalid request',
  unauthenticated: 'Not authenticated',
  permission_denied: 'Not allowed',
  not_found: 'Not found',
  conflict: 'Conflict',
  failed_precondition: 'Not possible in this state',
  resource_exhausted: 'Too many requests',
  cancelled: 'Cancelled',
  deadline_exceeded: 'Timed out',
  unavailable: 'Temporarily unavailable',
  internal: 'Internal error',
};

export interface Problem {
  /** "https://orbisvoice.dev/problems/<kind>", stable: what programs switch on. */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The request's id, as in the log. */
  instance: string;
  retryable: boolean;
  /** The fields at fault and the rule each broke. */
  errors?: { field: string; message: string }[];
}

export function toProblem(error: DomainError, requestId: string, status = STATUS[error.kind]): Problem {
  return {
    type: `https://orbisvoice.dev/problems/${error.kind.replaceAll('_', '-')}`,
    title: TITLES[error.kind],
    status,
    detail: error.message,
    instance: `urn:request:${requestId}`,
    retryable: error.retryable,
    ...(error.violations.length > 0 ? { errors: error.violations } : {}),
  };
}

const kinds = new WeakMap<object, ErrorKind>();

/** Which problem the request was answered with, if it was. */
export function problemKindOf(request: object): ErrorKind | undefined {
  return kinds.get(request);
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const { error, status } = fromThrown(thrown);
    sendProblem(reply, http.getRequest<FastifyRequest>(), error, this.log, status);
  }
}

export function sendProblem(
  reply: FastifyReply,
  request: FastifyRequest,
  error: DomainError,
  log: Logger,
  status?: number,
): void {
  if (error.kind === 'internal') log.error({ err: error.cause ?? error, requestId: request.id }, 'request failed');
  if (reply.sent) return;
  kinds.set(request, error.kind);
  if (error.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
  if (error.kind === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  const problem = toProblem(error, request.id, status);
  reply.status(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
}

/** Nest's and Fastify's own exceptions (unknown route, body too large, bad JSON) keep their status. */
export function fromThrown(thrown: unknown): { error: DomainError; status?: number } {
  if (thrown instanceof DomainError) return { error: thrown };
  const status =
    thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || status > 499) return { error: toDomainError(thrown) };
  const kind = KIND_BY_STATUS.get(status) ?? 'invalid_argument';
  return { error: new DomainError(kind, (thrown as Error).message, { cause: thrown }), status };
}

const KIND_BY_STATUS = new Map(
  (Object.entries(STATUS) as [ErrorKind, number][]).map(([kind, status]) => [status, kind]),
);
