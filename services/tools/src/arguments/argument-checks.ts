import { Injectable } from '@nestjs/common';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { withDoubles } from '@orbisvoice/client/json/exact-json';
import { invalidField } from '@orbisvoice/service-kit/errors';
import { runBounded, TookTooLongError } from './bounded-run.js';
import { parseJsonObject, type JsonObject } from './json-text.js';
import { compileParametersSchema, describeError } from './parameters-schema.js';

const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 32;
const CHECK_TIMEOUT_MS = 100;
const MAX_COMPILED = 500;

export interface CheckedTool {
  id: string;
  parametersJsonSchema: string;
  updatedAt: Date;
}

/** Checks a model's arguments against the tool's schema. Compiled schemas are kept for the tools used last. */
@Injectable()
export class ArgumentChecks {
  private readonly compiled = new Map<string, ValidateFunction>();

  /** @throws DomainError `invalid_argument` naming arguments_json, with a sentence that helps the model mend its call */
  check(tool: CheckedTool, argumentsJson: string): JsonObject {
    const parsed = parseJsonObject(argumentsJson, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
    if ('rule' in parsed) throw invalidField('arguments_json', parsed.rule);
    const validate = this.validatorOf(tool);
    let valid: boolean;
    try {
      const doubles = withDoubles(parsed.value);
      valid = runBounded(() => validate(doubles), CHECK_TIMEOUT_MS);
    } catch (error) {
      // RangeError: a schema that refers to itself without end.
      if (!(error instanceof TookTooLongError || (error as Error).name === 'RangeError')) throw error;
      throw invalidField('arguments_json', "could not be checked against the tool's parameters in time");
    }
    if (!valid) throw invalidField('arguments_json', describeError(validate.errors?.[0]));
    return parsed.value;
  }

  private validatorOf(tool: CheckedTool): ValidateFunction {
    const key = `${tool.id} ${tool.updatedAt.getTime()}`;
    const found = this.compiled.get(key);
    const validate = found ?? compileParametersSchema(JSON.parse(tool.parametersJsonSchema) as JsonObject);
    // Deleting first moves the entry to the end: the first one is always the one used longest ago.
    this.compiled.delete(key);
    this.compiled.set(key, validate);
    if (this.compiled.size > MAX_COMPILED) this.compiled.delete(this.compiled.keys().next().value!);
    return validate;
  }
}
