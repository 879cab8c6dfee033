import { Injectable } from '@nestjs/common';
import { LessThanOrEqual, type EntityManager } from 'typeorm';
import { SessionEntity } from './session.entity.js';

/** The look-ups by token see every organization: for `asSystem`. */
@Injectable()
export class SessionsRepository {
  async insert(tx: EntityManager, session: SessionEntity): Promise<void> {
    await tx.insert(SessionEntity, session);
  }

  async findByToken(tx: EntityManager, tokenHmac: Buffer): Promise<SessionEntity | null> {
    return await tx.findOneBy(SessionEntity, { tokenHmac });
  }

  /** Only when nobody else did since `staleBefore`. */
  async markSeen(tx: EntityManager, session: SessionEntity, at: Date, staleBefore: Date): Promise<void> {
    const { id, organizationId } = session;
    await tx.update(
      SessionEntity,
      { id, organizationId, lastSeenAt: LessThanOrEqual(staleBefore) },
      { lastSeenAt: at },
    );
  }

  /** False when there is no such session. */
  async deleteByToken(tx: EntityManager, tokenHmac: Buffer): Promise<boolean> {
    return (await tx.delete(SessionEntity, { tokenHmac })).affected === 1;
  }
}
