import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';

/** Bodies in JSON keep numbers that JavaScript can't hold: a schema's constant, say, is stored as it was sent. */
export function registerJsonBody(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  // Refuses what is no JSON, and keys that would reach an object's prototype.
  const check = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', {}, (request, body, done) => {
    const text = body!.toString();
    void check(request as never, text, (error) => {
      if (error) done(error);
      else done(null, parseExactJson(text.replace(/^\ufeff/, '')));
    });
  });
}
