/** One decorator says all about a route: who may call it, what it answers, and so what the OpenAPI document says of it. */
import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Access } from './access.js';
import { problemExample, problemSchema, PROBLEMS, type ProblemDetail, type ProblemStatus } from './problem.schema.js';

export interface OperationOptions {
  /** Unique; the method's name in generated clients. */
  operationId: string;
  /** A few words. */
  summary: string;
  /** What else a caller must know. */
  description: string;
  /** Default `credential`. */
  access?: Access;
  status: 200 | 201 | 204;
  /** Absent: no body. */
  response?: z.ZodType;
  responseDescription: string;
  responseHeaders?: Record<string, string>;
  /** Problems besides those that any route has, with an example of its own where the common one doesn't fit. */
  problems?: Partial<Record<ProblemStatus, ProblemDetail>>;
  /** True when the request has a body. */
  body?: boolean;
  /** Largest body. Default: what a few fields need, see json-body.ts. */
  maxBodyBytes?: number;
}

const SECURITY_SCHEMES = ['apiKey', 'bearer', 'session'];

export function Operation(options: OperationOptions): MethodDecorator {
  const access = options.access ?? 'credential';
  const { operationId, summary, description } = options;
  return applyDecorators(
    HttpCode(options.status),
    RouteConfig({ access, maxBodyBytes: options.maxBodyBytes }),
    // An empty list says that the route needs no credential, whatever the document says in general.
    ApiOperation({ operationId, summary, description, ...(access === 'credential' ? {} : { security: [] }) }),
    ...(access === 'credential' ? SECURITY_SCHEMES.map((scheme) => ApiSecurity(scheme)) : []),
    ApiResponse({
      status: options.status,
      description: options.responseDescription,
      headers: { ...headersOf(options.responseHeaders), ...rateLimitHeaders },
      ...(options.response ? { standardSchema: options.response } : {}),
    }),
    ...problemsOf(options, access).map(problemResponse),
  );
}

function problemsOf(options: OperationOptions, access: Access): [ProblemStatus, ProblemDetail][] {
  const always: ProblemStatus[] = [400, 403, 414, 429, 500, 503, 504];
  if (access === 'credential') always.push(401);
  if (options.body) always.push(413, 415);
  const problems = new Map<ProblemStatus, ProblemDetail>(always.map((status) => [status, {}]));
  for (const [status, detail] of Object.entries(options.problems ?? {})) {
    problems.set(Number(status) as ProblemStatus, detail);
  }
  return [...problems].toSorted(([a], [b]) => a - b);
}

function problemResponse([status, detail]: [ProblemStatus, ProblemDetail]): MethodDecorator {
  const headers = {
    ...(status === 429 || status === 503
      ? headersOf({ 'Retry-After': 'Seconds after which to try again, where known.' })
      : {}),
    ...(status === 429 ? rateLimitHeaders : {}),
  };
  return ApiResponse({
    status,
    description: PROBLEMS[status].description,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    standardSchema: problemSchema,
    example: problemExample(status, detail),
  });
}

function headersOf(
  headers: Record<string, string> = {},
): Record<string, { description: string; schema: { type: string } }> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

const rateLimitHeaders = headersOf({
  RateLimit: 'What is left of the limit: `"credential";r=599;t=60` means 599 requests in the next 60 s.',
  'RateLimit-Policy': 'The limit that was counted: `"credential";q=600;w=60` means 600 requests in 60 s.',
});
