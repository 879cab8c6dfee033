import type { Metadata } from 'next';
import { ConversationPage } from '../../../conversations/conversation-page';

export const metadata: Metadata = { title: 'Conversation' };

export default function Page() {
  return <ConversationPage />;
}
