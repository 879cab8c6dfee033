/** What the demo organization is made with: an agent and its two tools. */
import type { AgentConfig } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { HttpMethod, type ToolDefinition } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';

export const DEMO_AGENT_NAME = 'Demo agent';

/** `url` is the endpoint that the demo itself serves. */
export function hoursTool(url: string): ToolDefinition {
  return {
    name: 'opening_hours',
    description:
      'Opening hours of the shop on a day of the week. Use it for every question about when the shop is open.',
    parametersJsonSchema: JSON.stringify({
      type: 'object',
      properties: {
        day: {
          type: 'string',
          enum: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
          description: 'Day of the week, in lower case',
        },
      },
      required: ['day'],
      additionalProperties: false,
    }),
    timeoutMs: 5_000,
    kind: { $case: 'http', value: { method: HttpMethod.HTTP_METHOD_GET, url, headers: {} } },
  };
}

export const TIME_TOOL: ToolDefinition = {
  name: 'current_time',
  description: 'The current date and time. Use it for every question about the time or the date.',
  parametersJsonSchema: JSON.stringify({
    type: 'object',
    properties: {
      timezone: { type: 'string', description: 'IANA time zone such as Europe/Paris; the default is UTC' },
    },
    additionalProperties: false,
  }),
  timeoutMs: 1_000,
  kind: { $case: 'builtIn', value: { function: 'current_time' } },
};

export function demoAgent(toolIds: string[]): AgentConfig {
  return {
    prompt: [
      'You are the friendly voice of Orbis Coffee, a small shop that does not exist: this is a demo of OrbisVoice.',
      'Answer in one or two short sentences, as people talk. Use your tools for opening hours and for the time; never guess them.',
      'If you do not know something, say so.',
    ].join(' '),
    greeting: 'Hello, this is Orbis Coffee. How can I help you?',
    voice: '',
    languageCode: 'en-US',
    model: '',
    temperature: undefined,
    toolIds,
    turnDetection: undefined,
    maxCallSeconds: 1_800,
  };
}
