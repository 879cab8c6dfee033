import type { Tool, ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { maskHeaders } from './header-rules.js';
import { METHOD_NUMBERS } from './tool-definition.js';
import type { ToolEntity } from './tool.entity.js';

/** A tool as answers carry it. `headers` are the stored ones; credentials leave masked. */
export function toToolMessage(tool: ToolEntity, headers: Record<string, string>): Tool {
  return {
    id: tool.id,
    definition: {
      name: tool.name,
      description: tool.description,
      parametersJsonSchema: tool.parametersJsonSchema,
      timeoutMs: tool.timeoutMs,
      kind: kindOf(tool, headers),
    },
    createdAt: toTimestamp(tool.createdAt),
    updatedAt: toTimestamp(tool.updatedAt),
  };
}

function kindOf(tool: ToolEntity, headers: Record<string, string>): ToolDefinition['kind'] {
  if (tool.kind === 'built_in') return { $case: 'builtIn', value: { function: tool.builtInFunction ?? '' } };
  const method = METHOD_NUMBERS.get(tool.httpMethod ?? 'GET') ?? 0;
  return { $case: 'http', value: { method, url: tool.httpUrl ?? '', headers: maskHeaders(headers) } };
}
