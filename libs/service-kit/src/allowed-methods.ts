/** A known address with the wrong method is 405 and says which methods it knows; Fastify alone says 404. */
import { MethodNotAllowedException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

interface KnownRoute {
  path: RegExp;
  methods: Set<string>;
}

/**
 * Must be called before the routes are registered.
 * @returns to be called when all other hooks are: whoever may not ask is told so first
 */
export function knowAllowedMethods(fastify: FastifyInstance): () => void {
  const routes = new Map<string, KnownRoute>();
  fastify.addHook('onRoute', ({ url, method }) => {
    // A wildcard is a plugin's catch-all, such as the one for preflights, and no address of the API.
    if (url.includes('*')) return;
    const route = routes.get(url) ?? { path: toPattern(url), methods: new Set() };
    routes.set(url, route);
    for (const name of [method].flat()) route.methods.add(name);
  });
  return () => {
    fastify.addHook('onRequest', async (request, reply) => {
      if (!request.is404) return;
      const path = request.url.split('?')[0] ?? '';
      const allowed = [...routes.values()]
        .filter((route) => route.path.test(path))
        .flatMap((route) => [...route.methods]);
      if (allowed.length === 0) return;
      reply.header('allow', [...new Set(allowed)].toSorted().join(', '));
      throw new MethodNotAllowedException(`${request.method} is not allowed here.`);
    });
  };
}

/** "/v1/agents/:id" -> /^\/v1\/agents\/[^/]+$/ */
function toPattern(url: string): RegExp {
  const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${source}$`);
}
