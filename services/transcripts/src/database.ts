import type { DatabaseDefinition } from '@orbisvoice/service-kit/database';
import { TurnEntity } from './append/turn.entity.js';
import { ConversationEntity } from './conversations/conversation.entity.js';
import { migrations } from './migrations/migrations.js';
import { OutboxEntity } from './outbox/outbox.entity.js';

export const transcriptsDatabase: DatabaseDefinition = {
  schema: 'transcripts',
  entities: [ConversationEntity, TurnEntity, OutboxEntity],
  migrations,
};
