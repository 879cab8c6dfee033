'use client';
import Link from 'next/link';
import { useCallback } from 'react';
import { Badge } from '../components/badge';
import { ButtonLink } from '../components/button';
import { Empty } from '../components/empty';
import { ListCard } from '../components/list-card';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { Conversation } from '../lib/api-types';
import { durationMs, formatDuration, formatTime } from '../lib/format';
import { usePages } from '../lib/use-pages';
import { channelName, endOf } from './conversation-words';

export function ConversationListPage() {
  const { api } = useConsole();
  const conversations = usePages(useCallback((cursor, signal) => api.listConversations(cursor, signal), [api]));
  return (
    <>
      <PageHeader title="Conversations">Everything that was said, on every channel, newest first.</PageHeader>
      <ListCard
        pages={conversations}
        caption="Conversations"
        columns={['Agent', 'Channel', 'Started', 'Duration', 'Turns', 'Ended']}
        empty={
          <Empty
            title="No conversations yet"
            action={
              <ButtonLink href="/" look="primary">
                Choose an agent
              </ButtonLink>
            }
          >
            Talk to one of your agents: the conversation appears here while it runs.
          </Empty>
        }
        row={(conversation) => <ConversationRow key={conversation.id} conversation={conversation} />}
      />
    </>
  );
}

function ConversationRow({ conversation }: { conversation: Conversation }) {
  const { id, agentName, agentVersion, draftRevision, channel, startedAt, endedAt, turnCount } = conversation;
  const lasted = durationMs(startedAt, endedAt);
  const end = endOf(conversation);
  return (
    <tr>
      <td>
        <Link href={`/conversation?id=${id}`}>
          <strong>{agentName}</strong>
        </Link>{' '}
        <span className="muted">
          v{agentVersion}
          {draftRevision !== null && ' draft'}
        </span>
      </td>
      <td data-label="Channel">{channelName(channel)}</td>
      <td data-label="Started">{formatTime(startedAt)}</td>
      <td data-label="Duration" className="numeric">
        {lasted === undefined ? '–' : formatDuration(lasted)}
      </td>
      <td data-label="Turns" className="numeric">
        {turnCount}
      </td>
      <td data-label="Ended">
        <Badge tone={end.tone}>{end.label}</Badge>
      </td>
    </tr>
  );
}
