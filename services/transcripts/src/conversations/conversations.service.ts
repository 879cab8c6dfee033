import { Injectable } from '@nestjs/common';
import { organizationOf, requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, notFound } from '@orbisvoice/service-kit/errors';
import { parsePage, toPage } from '@orbisvoice/service-kit/pages';
import type { TurnEntity } from '../append/turn.entity.js';
import type { ConversationEntity } from './conversation.entity.js';
import { ConversationsRepository } from './conversations.repository.js';

/** Callers take messages of at most 16 MB. */
const MAX_TURN_BYTES = 12 * 1024 * 1024;

@Injectable()
export class ConversationsService {
  constructor(
    private readonly database: Database,
    private readonly repository: ConversationsRepository,
  ) {}

  async list(
    caller: Caller,
    request: { pageSize: number; pageToken: string; agentId: string },
  ): Promise<{ conversations: ConversationEntity[]; nextPageToken: string }> {
    requireRole(caller, 'member');
    const organizationId = organizationOf(caller);
    const page = parsePage(request.pageSize, request.pageToken);
    const filter = { organizationId, agentId: request.agentId === '' ? undefined : request.agentId };
    const rows = await this.database.readTenant(organizationId, (tx) =>
      this.repository.list(tx, filter, { after: page.after, limit: page.size + 1 }),
    );
    const positions = rows.map((row) => ({ createdAt: row.startedAt, id: row.id, row }));
    const { items, nextPageToken } = toPage(positions, page.size);
    return { conversations: items.map((item) => item.row), nextPageToken };
  }

  /** @throws DomainError `not_found`, `resource_exhausted` when it is too large for one answer */
  async get(caller: Caller, id: string): Promise<{ conversation: ConversationEntity; turns: TurnEntity[] }> {
    requireRole(caller, 'member');
    const organizationId = organizationOf(caller);
    return await this.database.readTenant(organizationId, async (tx) => {
      const conversation = await this.repository.find(tx, organizationId, id);
      if (!conversation) throw notFound('conversation', id);
      if (conversation.turnBytes > MAX_TURN_BYTES) {
        throw new DomainError('resource_exhausted', 'The conversation is too large to be read in one piece.');
      }
      return { conversation, turns: await this.repository.turns(tx, organizationId, id) };
    });
  }
}
