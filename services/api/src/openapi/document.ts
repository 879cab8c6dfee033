/** The OpenAPI 3.1 document, made from the routes and the schemas that validate them. */
import { isDeepStrictEqual } from 'node:util';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject, type ResponsesObject } from '@nestjs/swagger';
import type { INestApplication } from '@nestjs/common';
import { SESSION_COOKIE } from '../auth/session-cookie.js';
import { documentProbes } from './probes.js';
import { convertSchema } from './schema-converter.js';

const DESCRIPTION = `The REST API of OrbisVoice: agents that people talk to, their tools, and the record of every conversation.

Send an API key as \`X-API-Key: ov_live_…\` or \`Authorization: Bearer ov_live_…\`. Errors are problem documents (RFC 9457): switch on \`type\`,
show \`detail\`, and find the fields at fault in \`errors\`. Lists are \`{items, nextCursor}\`: pass \`nextCursor\` as \`cursor\` to read on.
Names are camelCase, ids are UUIDs, times are RFC 3339 in UTC with milliseconds. Unknown fields in a request are refused.
Answers may get new fields: ignore what you don't know.`;

const TAGS = {
  Agents: 'Agents and their numbered versions.',
  Tools: 'What agents can call.',
  Conversations: 'The record of every conversation, on any channel.',
  Calls: 'Starting a voice call.',
  'API keys': 'Keys for programs.',
  Organization: 'Whose account this is.',
  'Sign-in': "The console's session.",
  Health: 'Probes.',
};

/** `publicUrl`: where callers reach the API. Undefined: where the document came from. */
export function createDocument(app: INestApplication, publicUrl: string | undefined): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('OrbisVoice API')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(publicUrl ?? '/')
    .addSecurity('apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key: `ov_live_…`.' })
    .addSecurity('bearer', { type: 'http', scheme: 'bearer', description: 'The same key as a bearer token.' })
    .addSecurity('session', {
      type: 'apiKey',
      in: 'cookie',
      name: SESSION_COOKIE,
      description: "The console's session. Requests that change something must come from an allowed origin.",
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: convertSchema,
    autoTagControllers: false,
  });
  return documentProbes(shareProblems(finish(document)));
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What the generator has no option for. */
function finish(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    // Reading is never refused because of an origin.
    delete path.get?.responses['403'];
    for (const method of METHODS) useProblemType(path[method]?.responses ?? {});
  }
  return document;
}

function useProblemType(responses: ResponsesObject): void {
  for (const [status, response] of Object.entries(responses)) {
    if (Number(status) < 400 || !response || !('content' in response)) continue;
    const json = response.content?.['application/json'];
    if (json) response.content = { 'application/problem+json': json };
  }
}

/** Every route answers the same problems: they are written once, under components. */
function shareProblems(document: OpenAPIObject): OpenAPIObject {
  const shared: ResponsesObject = {};
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const responses = path[method]?.responses ?? {};
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const name = `Problem${status}`;
        shared[name] ??= response;
        if (isDeepStrictEqual(shared[name], response)) responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
  return { ...document, components: { ...document.components, responses: shared as never } };
}
