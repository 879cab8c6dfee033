import { HttpMethod, type HttpTool, type Tool, type ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { parseJson } from '../http/json-value.js';
import { present, toTime } from '../http/timestamps.js';
import { HTTP_METHODS, type ToolInput, type ToolJson } from './tool.schemas.js';

const METHODS = {
  GET: HttpMethod.HTTP_METHOD_GET,
  POST: HttpMethod.HTTP_METHOD_POST,
  PUT: HttpMethod.HTTP_METHOD_PUT,
  PATCH: HttpMethod.HTTP_METHOD_PATCH,
  DELETE: HttpMethod.HTTP_METHOD_DELETE,
};

export function toDefinition(json: ToolInput): ToolDefinition {
  return {
    name: json.name,
    description: json.description,
    parametersJsonSchema: JSON.stringify(json.parameters),
    timeoutMs: json.timeoutMs,
    kind: toKind(json),
  };
}

function toKind({ http, builtIn }: ToolInput): ToolDefinition['kind'] {
  if (http) return { $case: 'http', value: { ...http, method: METHODS[http.method] } };
  return builtIn && { $case: 'builtIn', value: builtIn };
}

export function toToolJson(tool: Tool | undefined): ToolJson {
  const { id, definition, createdAt, updatedAt } = present(tool, 'tool');
  const { name, description, parametersJsonSchema, timeoutMs, kind } = present(definition, 'definition');
  return {
    id,
    name,
    description,
    parameters: parseJson(parametersJsonSchema),
    timeoutMs,
    http: kind?.$case === 'http' ? toHttpJson(kind.value) : null,
    builtIn: kind?.$case === 'builtIn' ? { function: kind.value.function } : null,
    createdAt: toTime(createdAt),
    updatedAt: toTime(updatedAt),
  };
}

function toHttpJson({ method, url, headers }: HttpTool): ToolJson['http'] {
  const name = present(
    HTTP_METHODS.find((candidate) => METHODS[candidate] === method),
    'method',
  );
  return { method: name, url, headers };
}
