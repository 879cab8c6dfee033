import type { FastifyInstance } from 'fastify';

/** Behind a proxy that strips a path, such as /api (S0-25), addresses in answers get it back. */
export function registerPublicPath(fastify: FastifyInstance, publicUrl: string | undefined): void {
  const prefix = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
  if (prefix === '') return;
  fastify.addHook('onSend', async (_request, reply) => {
    const location = reply.getHeader('location');
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', `${prefix}${location}`);
  });
}
