import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { SignInLinkEntity } from './sign-in-link.entity.js';

@Injectable()
export class SignInLinksRepository {
  async insert(tx: EntityManager, link: SignInLinkEntity): Promise<void> {
    await tx.insert(SignInLinkEntity, link);
  }

  /** Of any organization: for `asSystem`. */
  async findByToken(tx: EntityManager, tokenHmac: Buffer): Promise<SignInLinkEntity | null> {
    return await tx.findOneBy(SignInLinkEntity, { tokenHmac });
  }

  /** True for the first to use the link, false for everybody after, also at the same moment. */
  async use(tx: EntityManager, link: SignInLinkEntity, at: Date): Promise<boolean> {
    const { id, organizationId } = link;
    const result = await tx.update(SignInLinkEntity, { id, organizationId, usedAt: IsNull() }, { usedAt: at });
    return result.affected === 1;
  }
}
