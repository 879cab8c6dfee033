import { Injectable } from '@nestjs/common';
import { organizationOf, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { TranscriptsEvents } from '../events.js';
import { AppendRepository } from './append.repository.js';
import { GATEWAY_LOST, type ClaimRequest } from './append.requests.js';
import { lockAsHolder } from './lock-as-holder.js';
import type { TurnEntity } from './turn.entity.js';

export interface Claim {
  /** 0 when nothing is stored. */
  lastSequence: number;
  /** Those stored after what the claimer knew of, in order. */
  turns: Pick<TurnEntity, 'role' | 'startedAt' | 'sequence'>[];
  ended: boolean;
}

/** A conversation gets another holder, which goes on where the stored part of it ends. */
@Injectable()
export class ClaimService {
  constructor(
    private readonly database: Database,
    private readonly repository: AppendRepository,
    private readonly events: TranscriptsEvents,
  ) {}

  /**
   * The row stays locked, so no append of the holder before comes in between. What was ended because its holder was not heard of goes
   * on: here it is. A conversation of another organization
   * looks like one of which nothing is stored.
   * @throws DomainError `failed_precondition` on `fence` when the sender has itself been replaced
   */
  async claim(caller: Caller, { conversationId, fence, afterSequence, renewing }: ClaimRequest): Promise<Claim> {
    const key = { organizationId: organizationOf(caller), id: conversationId };
    return await this.database.withTenant(key.organizationId, async (tx) => {
      const conversation = await lockAsHolder(this.repository, tx, key, fence);
      if (!conversation) return { lastSequence: 0, turns: [], ended: false };
      const turns = await this.repository.turnsAfter(tx, key, afterSequence);
      const lastSequence = Math.max(
        conversation.committedSequence,
        turns.at(-1)?.sequence ?? 0,
        conversation.endedSequence ?? 0,
      );
      const lost = conversation.endReason === GATEWAY_LOST;
      await this.repository.hold(tx, key, { renewing, reopen: lost });
      if (lost) this.events.conversationFound(key);
      return { lastSequence, turns, ended: conversation.endedSequence !== null && !lost };
    });
  }
}
