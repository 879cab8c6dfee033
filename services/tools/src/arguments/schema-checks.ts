import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { invalidField } from '@orbisvoice/service-kit/errors';
import { parseParametersSchema } from './parameters-schema.js';
import { SchemaThread, TooMuchWorkError } from './schema-thread.js';

const CPU_BUDGET_MS = 1_000;

/** Compiles the schemas of tools that are about to be saved, in a thread of their own: those of calls that run do not wait for them. */
@Injectable()
export class SchemaChecks implements OnApplicationShutdown {
  private readonly thread = new SchemaThread({ cpuBudgetMs: CPU_BUDGET_MS });

  /** @throws DomainError `invalid_argument` naming the field; `resource_exhausted` when too many are waiting */
  async check(organizationId: string, field: string, schema: string): Promise<void> {
    const rule = await this.brokenRule(organizationId, schema);
    if (rule !== undefined) throw invalidField(field, rule.slice(0, 500));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.thread.close();
  }

  private async brokenRule(organizationId: string, schema: string): Promise<string | undefined> {
    const parsed = parseParametersSchema(schema);
    if ('rule' in parsed) return parsed.rule;
    try {
      return (await this.thread.run(organizationId, { schema, patterns: parsed.patterns })).rule;
    } catch (error) {
      if (!(error instanceof TooMuchWorkError)) throw error;
      return `must be simpler: it takes more than ${CPU_BUDGET_MS} ms to prepare`;
    }
  }
}
