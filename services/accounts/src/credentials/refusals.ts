/** Why a credential was refused: one constant sentence per reason, and the request's field that is at fault. */
import { DomainError } from '@orbisvoice/service-kit/errors';

const REFUSALS = {
  api_key: {
    malformed: ['secret', 'The API key is malformed: part of it is missing or mistyped.'],
    unknown: ['secret', 'The API key is not valid.'],
    revoked: ['secret', 'The API key was revoked.'],
    expired: ['secret', 'The API key has expired.'],
  },
  call_token: {
    invalid: ['token', 'The call token is not valid.'],
    expired: ['token', 'The call token has expired.'],
    used: ['token', 'The call token was already used.'],
    other_agent: ['agent_id', 'The call token is for another agent.'],
    other_origin: ['origin', 'The call token is for another origin.'],
  },
  sign_in_link: {
    unknown: ['token', 'The sign-in link is not valid.'],
    used: ['token', 'The sign-in link was already used.'],
    expired: ['token', 'The sign-in link has expired.'],
  },
  session: {
    unknown: ['session_token', 'The session is not valid.'],
    expired: ['session_token', 'The session has expired.'],
  },
} as const satisfies Record<string, Record<string, readonly [field: string, sentence: string]>>;

type Refusals = typeof REFUSALS;
export type Credential = keyof Refusals;
export type RefusalReason<C extends Credential> = keyof Refusals[C] & string;

export const CREDENTIALS = Object.keys(REFUSALS) as Credential[];

export function refusalReasons(credential: Credential): string[] {
  return Object.keys(REFUSALS[credential]);
}

export function refusal<C extends Credential>(credential: C, reason: RefusalReason<C>): DomainError {
  const reasons: Record<string, readonly [string, string]> = REFUSALS[credential];
  const [field, message] = reasons[reason] ?? ['', 'The credential is not valid.'];
  return new DomainError('unauthenticated', message, { violations: [{ field, message }] });
}
