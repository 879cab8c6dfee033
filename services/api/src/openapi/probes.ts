/** The probes are answered by the service kit, outside the routes that the generator sees. */
import type { OpenAPIObject } from '@nestjs/swagger';

const HEALTH_EXAMPLE = {
  status: 'ok',
  checks: { accounts: { status: 'ok' }, agents: { status: 'ok' } },
  timestamp: '2026-01-31T12:00:00.000Z',
  uptimeSeconds: 4711,
};

export function documentProbes(document: OpenAPIObject): OpenAPIObject {
  document.paths['/health'] = {
    get: {
      operationId: 'getHealth',
      tags: ['Health'],
      summary: 'Health in detail',
      description: 'Each check by name. `degraded`: a service behind this one is away, the rest works.',
      security: [],
      responses: {
        200: {
          description: 'Ready.',
          content: { 'application/json': { schema: healthSchema, example: HEALTH_EXAMPLE } },
        },
        503: {
          description: 'Not ready.',
          content: {
            'application/json': { schema: healthSchema, example: { ...HEALTH_EXAMPLE, status: 'unavailable' } },
          },
        },
      },
    },
  };
  return document;
}

const checkSchema = {
  type: 'object',
  properties: { status: { type: 'string', enum: ['ok', 'failed'] }, detail: { type: 'string' } },
  required: ['status'],
};

const healthSchema = {
  type: 'object',
  properties: {
    status: { type: 'string', enum: ['ok', 'degraded', 'unavailable'] },
    checks: { type: 'object', additionalProperties: checkSchema },
    timestamp: { type: 'string', format: 'date-time' },
    uptimeSeconds: { type: 'integer' },
  },
  required: ['status', 'checks', 'timestamp', 'uptimeSeconds'],
};
