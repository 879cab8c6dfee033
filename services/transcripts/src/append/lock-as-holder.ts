import type { EntityManager } from 'typeorm';
import type { ConversationEntity } from '../conversations/conversation.entity.js';
import type { AppendRepository, ConversationKey } from './append.repository.js';
import { refuseReplacedHolder } from './append.rules.js';

/**
 * The conversation's row, locked, with its fence raised to that of who asks; null when there is none.
 * @throws DomainError `failed_precondition` on `fence` when who asks has been replaced
 */
export async function lockAsHolder(
  repository: AppendRepository,
  tx: EntityManager,
  key: ConversationKey,
  fence: number,
): Promise<ConversationEntity | null> {
  const conversation = await repository.lockConversation(tx, key);
  if (!conversation) return null;
  refuseReplacedHolder(conversation.fence, fence);
  if (fence > conversation.fence) await repository.updateConversation(tx, key, { fence });
  return conversation;
}
