import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { parseJsonObject, type JsonObject } from './json-text.js';
import { misfit, refused } from './refused-arguments.js';
import { SchemaThread, TooMuchWorkError } from './schema-thread.js';

const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 32;
const CPU_BUDGET_MS = 1_000;

export interface CheckedTool {
  id: string;
  organizationId: string;
  parametersJsonSchema: string;
  updatedAt: Date;
}

/** Checks a model's arguments against the tool's schema, in a thread of its own. */
@Injectable()
export class ArgumentChecks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly thread = new SchemaThread({ cpuBudgetMs: CPU_BUDGET_MS });

  onApplicationBootstrap(): void {
    this.thread.warmUp();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.thread.close();
  }

  /**
   * @returns the arguments that the author declared, without null where an optional one may not be null
   * @throws DomainError `invalid_argument`: its message is for the model, which may read it aloud, and the violation for the developer
   */
  async check(tool: CheckedTool, argumentsJson: string): Promise<JsonObject> {
    const parsed = parseJsonObject(argumentsJson, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
    if ('rule' in parsed)
      throw refused(parsed.rule, 'The details for this could not be read. Try it again, with fewer of them.');
    const { organizationId, parametersJsonSchema: schema } = tool;
    const key = `${tool.id} ${tool.updatedAt.getTime()}`;
    try {
      const { dropped = [], fault } = await this.thread.run(organizationId, { key, schema, arguments: argumentsJson });
      if (fault) throw misfit(fault);
      for (const path of dropped) drop(parsed.value, path);
      return parsed.value;
    } catch (error) {
      if (!(error instanceof TooMuchWorkError)) throw error;
      const rule = `took more than ${CPU_BUDGET_MS} ms of the processor to check against the tool's parameters`;
      throw refused(
        rule,
        'This can not be done with so many details at once. Try it again with fewer or shorter ones.',
      );
    }
  }
}

function drop(value: JsonObject, path: string[]): void {
  let holder: unknown = value;
  for (const name of path.slice(0, -1)) holder = (holder as JsonObject)[name];
  delete (holder as JsonObject)[path.at(-1)!];
}
