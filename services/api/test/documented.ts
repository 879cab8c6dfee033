/** Holds every answer to the OpenAPI document: known route, documented status, right media type, schema without extras. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, any>;

const addFormatsTo = addFormats as unknown as (ajv: Ajv2020) => void;

export class DocumentedAnswers {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(readonly document: Json) {
    addFormatsTo(this.ajv);
    this.ajv.addSchema({ $id: 'api', ...strict(document) });
  }

  /** @throws Error that says how the answer differs from the document */
  check(method: string, path: string, status: number, contentType: string | null, body: unknown): void {
    const template = Object.keys(this.document['paths']).find((candidate) => matches(candidate, path, this.document));
    const operation = template && this.document['paths'][template][method.toLowerCase()];
    if (!operation) return;
    const where = `${method} ${template} ${status}`;
    const { response, pointer } = this.resolve(operation, template, method.toLowerCase(), status);
    if (!response) throw new Error(`${where} is not documented`);
    const mediaType = contentType?.split(';')[0] ?? '';
    if (!response['content']) {
      if (body !== undefined) throw new Error(`${where} must have no body`);
      return;
    }
    if (!response['content'][mediaType]) throw new Error(`${where} must not be ${mediaType}`);
    const schema = `${pointer}/content/${escape(mediaType)}/schema`;
    const validate = this.validators.get(schema) ?? this.ajv.compile({ $ref: `api#${schema}` });
    this.validators.set(schema, validate);
    if (!validate(body)) throw new Error(`${where}: ${this.ajv.errorsText(validate.errors)}`);
  }

  private resolve(operation: Json, template: string, method: string, status: number) {
    const response = operation['responses'][status];
    if (response?.$ref) {
      const name = response.$ref.split('/').at(-1);
      return { response: this.document['components'].responses[name], pointer: `/components/responses/${name}` };
    }
    return { response, pointer: `/paths/${escape(template)}/${method}/responses/${status}` };
  }
}

function matches(template: string, path: string, document: Json): boolean {
  if (document['paths'][path]) return template === path;
  const pattern = template.replaceAll(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

function escape(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Answers may grow for clients; for tests, a field that is not documented is a mistake. */
function strict(node: any): any {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, key === 'example' || key === 'examples' ? value : strict(value)]),
  );
  if (copy['type'] === 'object' && copy['properties'] && copy['additionalProperties'] === undefined) {
    copy['additionalProperties'] = false;
  }
  return copy;
}
