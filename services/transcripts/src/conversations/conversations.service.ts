import { Injectable } from '@nestjs/common';
import { organizationOf, requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { notFound } from '@orbisvoice/service-kit/errors';
import { parsePage, toPage } from '@orbisvoice/service-kit/pages';
import type { TurnEntity } from '../append/turn.entity.js';
import type { ConversationEntity } from './conversation.entity.js';
import { ConversationsRepository } from './conversations.repository.js';
import type { GetRequest } from './conversations.requests.js';
import { MAX_PAGE_BYTES, parseTurnPage, turnPageToken } from './turn-pages.js';

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

  /** @throws DomainError `not_found`, `invalid_argument` naming page_size or page_token */
  async get(
    caller: Caller,
    request: GetRequest,
  ): Promise<{ conversation: ConversationEntity; turns: TurnEntity[]; nextPageToken: string }> {
    requireRole(caller, 'member');
    const organizationId = organizationOf(caller);
    const { after, size } = parseTurnPage(request.pageSize, request.pageToken);
    const { id } = request;
    return await this.database.readTenant(organizationId, async (tx) => {
      const conversation = await this.repository.find(tx, organizationId, id);
      if (!conversation) throw notFound('conversation', id);
      const key = { organizationId, id };
      const page = await this.repository.turnPage(tx, key, { after, size, maxBytes: MAX_PAGE_BYTES });
      if (!page) return { conversation, turns: [], nextPageToken: '' };
      const turns = await this.repository.turns(tx, key, after, page.last);
      return { conversation, turns, nextPageToken: page.isLast ? '' : turnPageToken(page.last) };
    });
  }
}
