import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OrganizationEntity } from './organization.entity.js';

@Injectable()
export class OrganizationsRepository {
  async find(tx: EntityManager, id: string): Promise<OrganizationEntity | null> {
    return await tx.findOneBy(OrganizationEntity, { id });
  }

  /** Locked until the transaction ends, so that what is counted per organization stays counted. */
  async lock(tx: EntityManager, id: string): Promise<OrganizationEntity | null> {
    return await tx.findOne(OrganizationEntity, { where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  async findBySlug(tx: EntityManager, slug: string): Promise<OrganizationEntity | null> {
    return await tx.findOneBy(OrganizationEntity, { slug });
  }

  /** False when the slug is taken. */
  async insertUnlessThere(tx: EntityManager, organization: OrganizationEntity): Promise<boolean> {
    const { id, name, slug, createdAt } = organization;
    const rows = await tx.query<unknown[]>(
      `INSERT INTO accounts.organizations (id, name, slug, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (slug) DO NOTHING RETURNING id`,
      [id, name, slug, createdAt],
    );
    return rows.length > 0;
  }
}
