import { Injectable } from '@nestjs/common';
import type { PageRequest } from '@orbisvoice/service-kit/pages';
import { In, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { ToolEntity } from './tool.entity.js';

/** What is not a UUID is not found; Postgres would call it an error. */
const uuid = z.uuid();
const isUuid = (id: string) => uuid.safeParse(id).success;

@Injectable()
export class ToolsRepository {
  async find(tx: EntityManager, organizationId: string, id: string): Promise<ToolEntity | null> {
    if (!isUuid(id)) return null;
    return await tx.findOneBy(ToolEntity, { organizationId, id });
  }

  /** Locked until the transaction ends, so that changes of one tool come one after the other. */
  async lock(tx: EntityManager, organizationId: string, id: string): Promise<ToolEntity | null> {
    if (!isUuid(id)) return null;
    return await tx.findOne(ToolEntity, { where: { organizationId, id }, lock: { mode: 'pessimistic_write' } });
  }

  async findMany(tx: EntityManager, organizationId: string, ids: string[]): Promise<ToolEntity[]> {
    return await tx.findBy(ToolEntity, { organizationId, id: In(ids.filter(isUuid)) });
  }

  /** Newest first, one more than the page holds. */
  async list(tx: EntityManager, organizationId: string, page: PageRequest): Promise<ToolEntity[]> {
    const query = tx
      .createQueryBuilder(ToolEntity, 'tool')
      .where('tool.organizationId = :organizationId', { organizationId })
      .orderBy('tool.createdAt', 'DESC')
      .addOrderBy('tool.id', 'DESC')
      .limit(page.size + 1);
    if (page.after) query.andWhere('(tool.createdAt, tool.id) < (:createdAt, :id)', page.after);
    return await query.getMany();
  }

  async insert(tx: EntityManager, tool: ToolEntity): Promise<void> {
    await tx.insert(ToolEntity, tool);
  }

  async update(tx: EntityManager, { id, organizationId, ...columns }: ToolEntity): Promise<void> {
    await tx.update(ToolEntity, { id, organizationId }, columns);
  }

  async delete(tx: EntityManager, organizationId: string, id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    return ((await tx.delete(ToolEntity, { organizationId, id })).affected ?? 0) > 0;
  }
}
