import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { fromOptionalTimestamp } from '@orbisvoice/service-kit/timestamps';
import { ACCOUNTS, EDGE, type AccountsClient } from '../clients.js';
import { renameFields } from '../http/field-names.js';
import type { Credential } from './credential.js';
import { IdentityCache } from './identity-cache.js';
import type { Identity } from './identity.js';

/** Asks `accounts` who a credential belongs to, and remembers the answer for a moment (see identity-cache.ts). */
@Injectable()
export class Authenticator {
  private readonly cache = new IdentityCache();

  constructor(@Inject(ACCOUNTS) private readonly accounts: AccountsClient) {}

  /** True when `authenticate` answers from memory. */
  knows(credential: Credential): boolean {
    return this.cache.has(credential);
  }

  /** @throws DomainError `unauthenticated`, or `unavailable` when accounts can't be asked */
  async authenticate(credential: Credential): Promise<Identity> {
    try {
      return await this.cache.get(credential, () => this.lookUp(credential));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw renameFields(error, { secret: credential.source, sessionToken: credential.source });
    }
  }

  /** Called when this process revokes a key or ends a session, so that it stops working here at once. */
  forget(kind: Identity['kind'], id: string): void {
    this.cache.forget(kind, id);
  }

  /** Ends a console session. Ending an unknown one changes nothing. */
  async endSession(token: string): Promise<void> {
    await this.accounts.endSession({ sessionToken: token }, { caller: EDGE });
    this.cache.forgetCredential('session', token);
  }

  private async lookUp({ kind, secret }: Credential): Promise<Identity> {
    if (kind === 'api-key') {
      const found = await this.accounts.authenticateApiKey({ secret }, { caller: EDGE });
      return { kind, id: found.apiKeyId, organizationId: found.organizationId };
    }
    const found = await this.accounts.authenticateSession({ sessionToken: secret }, { caller: EDGE });
    const { sessionId: id, organizationId } = found;
    return { kind, id, organizationId, expiresAt: fromOptionalTimestamp(found.expiresAt) };
  }
}
