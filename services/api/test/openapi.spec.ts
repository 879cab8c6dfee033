import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createOfflineDocument } from '../src/openapi/offline-document.js';
import { startApi, type ApiUnderTest } from './api-under-test.js';

type Json = Record<string, any>;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(async () => await api?.stop());

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const operations = (): { where: string; operation: Json; method: string; path: string }[] =>
  Object.entries(api.document['paths'] as Json).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      where: `${method} ${path}`,
      operation: item[method],
      method,
      path,
    })),
  );

function everyObject(node: unknown, visit: (object: Json) => void): void {
  if (Array.isArray(node)) for (const item of node) everyObject(item, visit);
  else if (typeof node === 'object' && node !== null) {
    visit(node as Json);
    for (const value of Object.values(node)) everyObject(value, visit);
  }
}

const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce((node: any, segment) => node?.[segment.replaceAll('~1', '/')], api.document);

describe('the OpenAPI document', () => {
  it('is 3.1, public, and the same as docs/openapi.json', async () => {
    expect(api.document['openapi']).toBe('3.1.0');
    const written = JSON.parse(await readFile(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
    expect(JSON.parse(JSON.stringify(await createOfflineDocument()))).toEqual(written);
    expect(api.document).toEqual(written);
  });

  it('describes every route that there is', () => {
    expect(
      operations()
        .map(({ where }) => where)
        .toSorted(),
    ).toEqual(
      [
        'delete /auth/session',
        'delete /v1/agents/{id}',
        'delete /v1/api-keys/{id}',
        'delete /v1/tools/{id}',
        'get /agents',
        'get /auth/session',
        'get /health',
        'get /v1/agents',
        'get /v1/agents/{id}',
        'get /v1/agents/{id}/versions',
        'get /v1/api-keys',
        'get /v1/conversations',
        'get /v1/conversations/{id}',
        'get /v1/organization',
        'get /v1/tools',
        'get /v1/tools/{id}',
        'patch /v1/agents/{id}',
        'post /auth/sign-in-links/redeem',
        'post /v1/agents',
        'post /v1/agents/{id}/publish',
        'post /v1/agents/{id}/versions/{version}/restore',
        'post /v1/api-keys',
        'post /v1/call-tokens',
        'post /v1/tools',
        'put /v1/tools/{id}',
      ].toSorted(),
    );
  });

  it('says of each what it is, who may call it and how it fails', () => {
    const ids = operations().map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { where, operation, path } of operations()) {
      const { operationId, summary, description, tags, security, responses } = operation;
      const complete = [operationId, summary, description].every((text) => typeof text === 'string' && text !== '');
      expect([where, complete, tags.length, Array.isArray(security)]).toEqual([where, true, 1, true]);
      if (path === '/health') continue;
      for (const status of ['400', '429', '500', '503', '504']) {
        expect([where, responses[status]?.$ref]).toEqual([where, `#/components/responses/Problem${status}`]);
      }
      const isOpen = security.length === 0;
      expect([where, responses['401'] !== undefined || isOpen]).toEqual([where, true]);
    }
  });

  it('declares each path parameter and only parameters that exist', () => {
    for (const { where, operation, path } of operations()) {
      const declared = (operation['parameters'] ?? [])
        .filter((one: Json) => one['in'] === 'path')
        .map((one: Json) => one['name']);
      expect([where, declared]).toEqual([where, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
  });

  it('has no reference that leads nowhere and no component that nobody uses', () => {
    const used = new Set<string>();
    everyObject(api.document, (object) => {
      if (typeof object['$ref'] === 'string') used.add(object['$ref']);
    });
    expect([...used].filter((reference) => resolve(reference) === undefined)).toEqual([]);
    const { schemas, responses } = api.document['components'];
    const there = [
      ...Object.keys(schemas).map((name) => `#/components/schemas/${name}`),
      ...Object.keys(responses).map((name) => `#/components/responses/${name}`),
    ];
    expect(there.filter((name) => !used.has(name))).toEqual([]);
  });

  it('has schemas that compile, with examples that fit them', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
    ajv.addSchema({ $id: 'api', ...api.document });
    const checked: string[] = [];
    for (const [name, schema] of Object.entries(api.document['components'].schemas as Json)) {
      const validate = ajv.compile({ $ref: `api#/components/schemas/${name}` });
      if (schema.example === undefined) continue;
      checked.push(name);
      expect([name, validate(schema.example), validate.errors]).toEqual([name, true, null]);
    }
    const problem = ajv.compile({ $ref: 'api#/components/schemas/Problem' });
    everyObject(api.document['paths'], (object) => {
      const example = object['application/problem+json']?.example;
      if (example) expect([example.detail, problem(example)]).toEqual([example.detail, true]);
    });
    expect(checked).toEqual(
      expect.arrayContaining([
        'Agent',
        'AgentVersion',
        'CreateAgent',
        'UpdateAgent',
        'Tool',
        'ToolInput',
        'Conversation',
        'ConversationWithTurns',
        'CallToken',
        'CreateCallToken',
        'ApiKey',
        'CreatedApiKey',
        'CreateApiKey',
        'Organization',
        'WhoAmI',
        'RedeemSignInLink',
      ]),
    );
  });

  it('refuses unknown fields in requests and leaves answers open to new ones', () => {
    const { CreateAgent, AgentConfigInput, ToolInput, Agent, Tool } = api.document['components'].schemas;
    expect([CreateAgent, AgentConfigInput, ToolInput].map((schema) => schema.additionalProperties)).toEqual([
      false,
      false,
      false,
    ]);
    expect([Agent, Tool].map((schema) => schema.additionalProperties)).toEqual([undefined, undefined]);
  });
});

describe('the docs page', () => {
  it('comes from this server alone, without inline code', async () => {
    const page = await fetch(`${api.url}/docs`);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await page.text();
    expect(html).not.toMatch(/<script>|<style|style=|https?:\/\//);
    for (const [, asset] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const found = await fetch(new URL(asset ?? '', `${api.url}/docs`));
      expect([asset, found.status]).toEqual([asset, 200]);
    }
  });

  it('is found with a slash at its end too', async () => {
    const page = await fetch(`${api.url}/docs/`);
    expect([page.status, new URL(page.url).pathname]).toEqual([200, '/docs']);
  });
});
