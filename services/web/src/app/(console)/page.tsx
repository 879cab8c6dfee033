import type { Metadata } from 'next';
import { AgentListPage } from '../../agents/agent-list-page';

export const metadata: Metadata = { title: 'Agents' };

export default function Page() {
  return <AgentListPage />;
}
