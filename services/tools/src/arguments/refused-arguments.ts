/** A model's arguments that a tool is not run with: a sentence for the model, and the rule for whoever made the tool. */
import { DomainError } from '@orbisvoice/service-kit/errors';

const MAX_CHARACTERS = 300;

/** @param sentence may be read aloud by the model */
export function refused(rule: string, sentence: string): DomainError {
  return new DomainError('invalid_argument', sentence, {
    violations: [{ field: 'arguments_json', message: rule.slice(0, MAX_CHARACTERS) }],
  });
}

/**
 * @param place which argument; empty for all of them
 * @param rule what it breaks, to follow the place
 */
export function misfit({ place, rule }: { place: string; rule: string }): DomainError {
  // The model has the schema: a pattern is nothing to read aloud.
  const spoken = rule
    .replace(/^must NOT have additional properties/, 'must not have')
    .replace(/^must match pattern .*/s, 'is not written as expected')
    .replaceAll('NOT', 'not');
  const what = `${place === '' ? 'What was given' : place} ${spoken}`.slice(0, MAX_CHARACTERS);
  return refused(
    `${place || 'the arguments'} ${rule}`,
    `The details given do not fit: ${what}. Correct that and try again, or ask for what is missing.`,
  );
}
