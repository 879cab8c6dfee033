/** Fields whose content belongs to the user: their keys stay as they are. */
const OPAQUE = new Set(['response', 'args', 'parametersJsonSchema', 'responseJsonSchema', 'labels']);
/** In a schema the keys below `properties` are names, but their values are schemas again. */
const NAMED = new Set(['properties']);
const MAX_DEPTH = 40;

/** The server takes its messages' keys in snake_case too, as protobuf's JSON does; they are made camelCase here. */
export function camelCaseKeys(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => camelCaseKeys(item, depth + 1));
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const name = key.includes('_') ? key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : key;
    result[name] = OPAQUE.has(name)
      ? item
      : NAMED.has(name)
        ? mapValues(item, depth + 1)
        : camelCaseKeys(item, depth + 1);
  }
  return result;
}

function mapValues(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, camelCaseKeys(item, depth)]));
}
