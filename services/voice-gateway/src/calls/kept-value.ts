/** What a record, a client and the next gateway get of a tool's arguments and result. The model gets all of it. */

/** As AppendEvents takes it, and so that no client has to read more than it can at once. */
const MAX_JSON_BYTES = 64_000;
const MAX_BEGINNING_CHARACTERS = 4_000;

/** The value itself, or the beginning of its JSON text and how much there was. */
export function keptValue(value: unknown): unknown {
  const json = JSON.stringify(value) ?? 'null';
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_JSON_BYTES) return value;
  return {
    truncated: `${bytes} bytes of JSON are more than a transcript keeps`,
    beginning: json.slice(0, MAX_BEGINNING_CHARACTERS).toWellFormed(),
  };
}
