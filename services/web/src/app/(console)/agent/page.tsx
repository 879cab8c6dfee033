import type { Metadata } from 'next';
import { AgentPage } from '../../../agents/agent-page';

export const metadata: Metadata = { title: 'Agent' };

export default function Page() {
  return <AgentPage />;
}
