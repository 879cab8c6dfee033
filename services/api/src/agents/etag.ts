/** An agent's revision as an entity tag, for changes that must not overwrite somebody else's. */
import { DomainError, invalidField } from '@orbisvoice/service-kit/errors';

export function toEtag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision that `If-Match` asks for. Undefined: any.
 * @throws DomainError `invalid_argument`
 */
export function parseIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  // A proxy that compresses answers makes our strong tag weak on its way out; it names the revision all the same.
  const revision = Number(/^(?:W\/)?"(\d{1,10})"$/.exec(header.trim())?.[1]);
  if (Number.isInteger(revision) && revision <= 0xffff_ffff) return revision;
  throw invalidField('If-Match', 'must be the ETag of an earlier answer, such as "7", or *');
}

/** HTTP calls it a failed precondition, not a conflict, when the caller named the revision. */
export function staleRevision(cause: unknown, revision: number): DomainError {
  return new DomainError('failed_precondition', `The agent has changed since revision ${revision}. Read it again.`, {
    violations: [{ field: 'If-Match', message: "must be the agent's current ETag" }],
    cause,
  });
}
