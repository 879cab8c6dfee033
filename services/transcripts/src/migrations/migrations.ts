import { Conversations1795000000000 } from './1795000000000-conversations.js';
import { ConversationFence1795100000000 } from './1795100000000-conversation-fence.js';
import { ConversationHolder1795200000000 } from './1795200000000-conversation-holder.js';
import { ConversationDraft1795300000000 } from './1795300000000-conversation-draft.js';

/** Oldest first. */
export const migrations = [
  Conversations1795000000000,
  ConversationFence1795100000000,
  ConversationHolder1795200000000,
  ConversationDraft1795300000000,
];
