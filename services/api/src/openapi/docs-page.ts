/** `/openapi.json`, and `/docs`: Swagger UI from this server alone, under a policy without inline code or foreign hosts. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

const require = createRequire(import.meta.url);

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Addresses are relative, so that the page also works behind a proxy that strips a path prefix. */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OrbisVoice API</title>
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;

const PUBLIC = { config: { access: 'public' } };
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** `createDocument` is called once, on the first request. */
export async function registerDocs(fastify: FastifyInstance, createDocument: () => object): Promise<void> {
  let document: string | undefined;
  fastify.get('/openapi.json', PUBLIC, async (_request, reply) => {
    document ??= JSON.stringify(createDocument());
    return send(reply, 'application/json', document);
  });
  fastify.get('/docs', PUBLIC, async (_request, reply) => {
    reply.header('content-security-policy', POLICY);
    return send(reply, 'text/html; charset=utf-8', PAGE);
  });
  fastify.get('/docs/', PUBLIC, async (_request, reply) => reply.redirect('../docs'));
  fastify.get('/docs/start.js', PUBLIC, async (_request, reply) => send(reply, 'text/javascript', START));
  await fastify.register(fastifyStatic, {
    root: dirname(require.resolve('swagger-ui-dist/package.json')),
    serve: false,
    cacheControl: false,
  });
  for (const asset of ASSETS) {
    fastify.get(`/docs/assets/${asset}`, PUBLIC, async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=3600');
      return reply.sendFile(asset);
    });
  }
}

function send(reply: FastifyReply, type: string, body: string): FastifyReply {
  return reply.type(type).header('cache-control', 'no-cache').send(body);
}
