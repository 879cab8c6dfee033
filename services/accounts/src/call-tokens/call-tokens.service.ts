import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { invalidField, type DomainError } from '@orbisvoice/service-kit/errors';
import { memberOrganization } from '../callers.js';
import { Clock } from '../clock.js';
import { DerivedKeys } from '../credentials/derived-keys.js';
import { refusal, type RefusalReason } from '../credentials/refusals.js';
import { AccountsEvents } from '../events.js';
import { CALL_TOKEN_LIFETIME_S, readCallToken, signCallToken, type CallGrant } from './call-token.js';
import { CallTokensRepository } from './call-tokens.repository.js';
import { normaliseOrigin } from './origin.js';

@Injectable()
export class CallTokensService {
  constructor(
    private readonly database: Database,
    private readonly callTokens: CallTokensRepository,
    private readonly keys: DerivedKeys,
    private readonly clock: Clock,
    private readonly events: AccountsEvents,
  ) {}

  /** `origin` '': for clients that send no Origin header. @throws DomainError `invalid_argument` */
  async create(
    caller: Caller,
    { agentId, origin, draft }: Pick<CallGrant, 'agentId' | 'origin' | 'draft'>,
  ): Promise<{ token: string; expiresAt: Date }> {
    const organizationId = memberOrganization(caller);
    const normalised = origin === '' ? '' : normaliseOrigin(origin);
    if (normalised === undefined) throw invalidField('origin', 'must be an origin such as "https://shop.example"');
    // JWTs know whole seconds only.
    const nowS = Math.floor(this.clock.now().getTime() / 1000);
    const grant: CallGrant = {
      jti: randomUUID(),
      organizationId,
      agentId,
      origin: normalised,
      subject: caller.subject,
      draft,
      expiresAt: new Date((nowS + CALL_TOKEN_LIFETIME_S) * 1000),
    };
    const token = await signCallToken(grant, this.keys.callTokenKey);
    this.events.credentialIssued('call_token', { organizationId, actor: caller.subject, id: grant.jti });
    return { token, expiresAt: grant.expiresAt };
  }

  /**
   * Spends the token for a client that asks for `agentId` ('': the token's) from `origin` ('': it sent none). A token
   * that was shown by the wrong client is not spent by it.
   * @throws DomainError `unauthenticated`
   */
  async redeem(caller: Caller, token: string, agentId: string, origin: string): Promise<CallGrant> {
    requireRole(caller, 'edge');
    const grant = await readCallToken(token, this.keys.callTokenKey, this.clock.now());
    if (grant === 'invalid' || grant === 'expired') throw this.refuse(grant);
    if (agentId !== '' && agentId.toLowerCase() !== grant.agentId) throw this.refuse('other_agent');
    // What browsers send for opaque origins, "null", is no origin: such a client can use no token that is bound to one.
    const from = origin === '' ? '' : normaliseOrigin(origin);
    if (from !== grant.origin) throw this.refuse('other_origin');
    const { jti, organizationId, expiresAt } = grant;
    const first = await this.database.withTenant(
      organizationId,
      async (tx) => await this.callTokens.spend(tx, { jti, organizationId, expiresAt }),
    );
    if (!first) throw this.refuse('used');
    this.events.credentialAccepted('call_token', organizationId, jti);
    return grant;
  }

  private refuse(reason: RefusalReason<'call_token'>): DomainError {
    this.events.credentialRefused('call_token', reason);
    return refusal('call_token', reason);
  }
}
