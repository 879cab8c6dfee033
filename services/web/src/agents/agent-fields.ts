import { ApiError } from '../lib/problem';

/** Fields of the API that the form shows messages at. */
const SHOWN = new Set([
  'name',
  'config.prompt',
  'config.greeting',
  'config.voice',
  'config.languageCode',
  'config.toolIds',
  'config.maxCallSeconds',
  'config.temperature',
  'config.model',
]);

/** Whether the form's own messages say all that is wrong. */
export function isShownAtFields(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.fieldErrors.length === 0) return false;
  return error.fieldErrors.every(({ field }) => SHOWN.has(field));
}
