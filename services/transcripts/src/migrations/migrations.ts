import { Conversations1795000000000 } from './1795000000000-conversations.js';
import { ConversationFence1795100000000 } from './1795100000000-conversation-fence.js';

/** Oldest first. */
export const migrations = [Conversations1795000000000, ConversationFence1795100000000];
