import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { invalidField } from '@orbisvoice/service-kit/errors';
import { jsonDepth } from '@orbisvoice/service-kit/json-depth';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** For agents and tools. A prompt of 32,000 characters has up to 12 bytes each, written as escapes. */
export const LARGE_BODY_BYTES = 512 * 1024;
const SMALL_BODY_BYTES = 16 * 1024;
/** A tool's parameters have at most 32 levels, and are in an object themselves. */
const MAX_DEPTH = 40;

/**
 * Bodies in JSON keep numbers that JavaScript can't hold: a schema's constant, say, is stored as it was sent. How long and how deep they
 * are is known before they are parsed. Must be called before the routes are registered.
 */
export function registerJsonBody(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRoute', (route) => {
    const { maxBodyBytes } = (route.config ?? {}) as { maxBodyBytes?: number };
    if (maxBodyBytes !== undefined) route.bodyLimit = maxBodyBytes;
  });
  // Refuses what is no JSON, and keys that would reach an object's prototype.
  const check = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit: SMALL_BODY_BYTES }, (request, body, done) => {
    // Nobody reads it.
    if ((request as unknown as FastifyRequest).is404) return done(null, undefined);
    const text = body!.toString();
    if (jsonDepth(text) > MAX_DEPTH)
      return done(invalidField('body', `must be nested at most ${MAX_DEPTH} levels deep`));
    void check(request as never, text, (error) => {
      if (error) done(error);
      else done(null, parseExactJson(text.replace(/^\ufeff/, '')));
    });
  });
}
