import type { Metadata } from 'next';
import { ConversationListPage } from '../../../conversations/conversation-list-page';

export const metadata: Metadata = { title: 'Conversations' };

export default function Page() {
  return <ConversationListPage />;
}
