import type { Metadata } from 'next';
import { TalkPage } from '../../../call/talk-page';

export const metadata: Metadata = { title: 'Talk' };

export default function Page() {
  return <TalkPage />;
}
