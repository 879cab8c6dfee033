import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { RateLimits, type LimitedRequest } from '../limits/rate-limits.js';
import { Authenticator } from './authenticator.js';
import type { Credential } from './credential.js';
import { setIdentity, type Identity } from './identity.js';

export interface GatePass {
  credential: Credential | undefined;
  request: LimitedRequest;
  /** Says in a header, or what is like one, where the client stands with its limits. */
  tell(name: string, value: string): void;
  /** What to tell whoever shows nothing. */
  needed: string;
  /** Refuses, by throwing, a credential that would do from elsewhere. It is not looked up then. */
  check?(): void;
}

/** What every door asks of who shows a credential, in this order: guessing is limited by address, and what is known by credential. */
@Injectable()
export class CredentialGate {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(RateLimits) private readonly limits: RateLimits,
  ) {}

  /** The request carries its identity from now on. @throws DomainError `unauthenticated`, `resource_exhausted` */
  async admit({ credential, request, tell, needed, check }: GatePass): Promise<Identity> {
    if (!credential || !this.authenticator.knows(credential)) await this.limits.count('address', request, tell);
    if (!credential) throw new DomainError('unauthenticated', needed);
    check?.();
    const identity = await this.authenticator.authenticate(credential);
    setIdentity(request, identity);
    await this.limits.count('credential', request, tell);
    return identity;
  }
}
