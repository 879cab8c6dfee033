/** Who is behind a request, once its credential has been checked. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { DomainError } from '@orbisvoice/service-kit/errors';

export interface Identity {
  kind: 'api-key' | 'session';
  /** UUID of the API key or of the session. */
  id: string;
  organizationId: string;
  /** When the session ends. Undefined for an API key. */
  expiresAt?: Date | undefined;
}

const identities = new WeakMap<object, Identity>();

export function setIdentity(request: object, identity: Identity): void {
  identities.set(request, identity);
}

export function identityOf(request: object): Identity | undefined {
  return identities.get(request);
}

/** Such as "api-key:0b9c…". */
export function subjectOf(identity: Identity): string {
  return `${identity.kind}:${identity.id}`;
}

/** As whom this edge calls the services behind it. */
export function callerOf(identity: Identity): Caller {
  return { organizationId: identity.organizationId, subject: subjectOf(identity), roles: ['member'] };
}

/** The identity of the request. Refuses a route that admission.ts let pass without one. */
export const RequestIdentity = createParamDecorator((_: unknown, context: ExecutionContext): Identity =>
  required(context),
);

/** The caller context of the request, for RPCs. */
export const RequestCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(required(context)),
);

function required(context: ExecutionContext): Identity {
  const identity = identityOf(context.switchToHttp().getRequest<object>());
  if (!identity) throw new DomainError('unauthenticated', 'This needs an API key or a session.');
  return identity;
}
