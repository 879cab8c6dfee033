import { cutText } from '@orbisvoice/service-kit/cut-text';

/** What a record, a client and the next gateway get of a tool's arguments and result. The model gets all of it. */

/** As AppendEvents takes it, and so that no client has to read more than it can at once. */
const MAX_JSON_BYTES = 64_000;
const MAX_BEGINNING_CHARACTERS = 4_000;

/** The value itself, or the beginning of its JSON text and how much there was. */
export function keptValue(value: unknown): unknown {
  const json = JSON.stringify(value) ?? 'null';
  return Buffer.byteLength(json) <= MAX_JSON_BYTES ? value : keptBeginning(value, MAX_BEGINNING_CHARACTERS);
}

export function keptBeginning(value: unknown, maxCharacters: number): { truncated: string; beginning: string } {
  const json = JSON.stringify(value) ?? 'null';
  return {
    truncated: `${Buffer.byteLength(json)} bytes of JSON are more than a transcript keeps`,
    beginning: cutText(json, maxCharacters).toWellFormed(),
  };
}
