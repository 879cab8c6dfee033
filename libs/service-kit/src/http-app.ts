/** The HTTP door of a service: Nest on Fastify with problem+json, request ids, body limits and probes. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { knowAllowedMethods } from './allowed-methods.js';
import type { KitProviders } from './kit.module.js';
import { fromThrown, ProblemFilter, sendProblem } from './problem-filter.js';
import { validationPipe } from './validation-pipe.js';

export interface HttpAppOptions {
  kit: KitProviders;
  logger: LoggerService;
  bodyLimitBytes: number;
  /** Addresses or CIDRs of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: string[];
  /** How long running requests may take to finish when the door closes. */
  stopTimeoutMs: number;
  /** Of every answer, unless its route has another value: also of those to requests that reach no route. */
  headers?: Record<string, string>;
  /** Plugins, hooks and adapters. */
  configure?: (app: NestFastifyApplication) => Promise<void> | void;
}

const REQUEST_TIMEOUT_MS = 30_000;
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'";

export async function createHttpApp(root: DynamicModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { kit } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes,
    trustProxy: options.trustedProxies.length > 0 ? options.trustedProxies : false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    // What fails before a route is found, such as a malformed URL. All else reaches ProblemFilter.
    frameworkErrors: (thrown: Error, request: FastifyRequest, reply: FastifyReply) => {
      const { error, status } = fromThrown(thrown);
      reply.headers({ 'content-security-policy': NOTHING_RUNS, ...commonHeaders(request, options.headers) });
      sendProblem(reply, request, error, kit.log, status);
    },
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: options.logger,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(kit.log));
  app.useGlobalPipes(validationPipe());
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers(commonHeaders(request, options.headers));
  });
  const answerWrongMethods = knowAllowedMethods(fastify as unknown as FastifyInstance);
  finishRequestsBeforeClose(fastify as unknown as FastifyInstance, options.stopTimeoutMs);
  fastify.get('/livez', async () => 'ok\n');
  for (const path of ['/readyz', '/health']) {
    fastify.get(path, async (_request, reply) => {
      const report = await kit.health.report();
      reply.status(report.status === 'unavailable' ? 503 : 200);
      if (path === '/readyz') return report;
      return {
        ...report,
        timestamp: new Date().toISOString(),
        uptimeSeconds: Math.round((Date.now() - kit.health.startedAt.getTime()) / 1000),
      };
    });
  }
  await options.configure?.(app);
  answerWrongMethods();
  return app;
}

/** Fastify cuts every connection when it closes: so that closing waits until nothing runs. It refuses new requests meanwhile. */
function finishRequestsBeforeClose(fastify: FastifyInstance, timeoutMs: number): void {
  let running = 0;
  let allFinished = (): void => undefined;
  fastify.addHook('onRequest', async (_request, reply) => {
    running += 1;
    reply.raw.once('close', () => {
      running -= 1;
      if (running === 0) allFinished();
    });
  });
  fastify.addHook('preClose', async () => {
    if (running === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      allFinished = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
  });
}

function commonHeaders(request: FastifyRequest, more: Record<string, string> = {}): Record<string, string> {
  return { 'x-request-id': request.id, 'x-content-type-options': 'nosniff', ...more };
}

/** Listens and returns the port, which matters when 0 was asked for. */
export async function listenHttp(
  app: NestFastifyApplication,
  address: { host: string; port: number },
): Promise<number> {
  await app.listen(address.port, address.host);
  return (app.getHttpServer().address() as AddressInfo).port;
}
