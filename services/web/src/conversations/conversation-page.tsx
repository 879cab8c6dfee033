'use client';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { Suspense, useCallback, type ReactNode } from 'react';
import { Badge } from '../components/badge';
import { Button } from '../components/button';
import { Card, Stack } from '../components/card';
import { Empty } from '../components/empty';
import { LoadFailure } from '../components/load-failure';
import { Loading } from '../components/loading';
import { ErrorNotice, Notice } from '../components/notice';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { ConversationWithTurns, StoredTurn } from '../lib/api-types';
import { durationMs, formatCount, formatDuration, formatTime } from '../lib/format';
import { useAction } from '../lib/use-action';
import { useLoad } from '../lib/use-load';
import { versionWords } from '../lib/version-words';
import styles from './conversation-page.module.css';
import { channelName, endOf } from './conversation-words';
import { Turn } from './turn';
import type { ShownTurn } from './turn-model';

export function ConversationPage() {
  return (
    <Suspense fallback={<Loading />}>
      <ConversationOfAddress />
    </Suspense>
  );
}

function ConversationOfAddress() {
  const { api } = useConsole();
  const id = useSearchParams().get('id') ?? '';
  const loaded = useLoad(useCallback((signal) => api.getConversation(id, undefined, signal), [api, id]));
  if (id === '') {
    return (
      <Notice tone="warning" title="Which conversation?">
        <p>
          The address names none. Choose one from <Link href="/conversations">the list</Link>.
        </p>
      </Notice>
    );
  }
  if (loaded.value) {
    const { value, reload, replace } = loaded;
    return <ConversationRecord key={id} conversation={value} reload={reload} replace={replace} />;
  }
  return loaded.error === undefined ? (
    <Loading lines={6} />
  ) : (
    <LoadFailure
      noun="conversation"
      back={{ href: '/conversations', label: 'Conversations' }}
      error={loaded.error}
      retry={loaded.reload}
    />
  );
}

interface RecordProps {
  conversation: ConversationWithTurns;
  reload: () => void;
  replace: (conversation: ConversationWithTurns) => void;
}

function ConversationRecord({ conversation, reload, replace }: RecordProps) {
  const { api } = useConsole();
  const { turns, agentName, startedAt, endedAt, nextCursor } = conversation;
  const more = useAction();
  const showMore = () =>
    more.run('read', async () => {
      const page = await api.getConversation(conversation.id, nextCursor ?? undefined);
      replace({ ...page, turns: [...turns, ...page.turns] });
    });
  return (
    <>
      <PageHeader
        back={{ href: '/conversations', label: 'Conversations' }}
        title={`${agentName}, ${formatTime(startedAt)}`}
        actions={!endedAt && <Button onClick={reload}>Load again</Button>}
      >
        <code>{conversation.id}</code>
      </PageHeader>
      <Stack>
        <ConversationFacts conversation={conversation} />
        <Card>
          {turns.length === 0 && (
            <Empty title="Nothing was said">The conversation has no turns{endedAt ? '' : ' yet'}.</Empty>
          )}
          <ol className={styles['turns']}>
            {turns.map((turn) => (
              <Turn key={turn.sequence} turn={toShown(turn)} callerName="Caller" agentName={agentName} />
            ))}
          </ol>
          {more.error !== undefined && <ErrorNotice error={more.error} />}
          {nextCursor !== null && (
            <Button busy={more.running !== undefined} onClick={() => void showMore()}>
              Show more turns
            </Button>
          )}
        </Card>
      </Stack>
    </>
  );
}

function ConversationFacts({ conversation }: { conversation: ConversationWithTurns }) {
  const { agentId, agentName, channel, provider, model, startedAt, endedAt, usage } = conversation;
  const lasted = durationMs(startedAt, endedAt);
  const end = endOf(conversation);
  return (
    <Card>
      <dl className={styles['facts']}>
        <Fact name="Agent">
          <Link href={`/agent?id=${agentId}`}>{agentName}</Link>, {versionWords(conversation).toLowerCase()}
        </Fact>
        <Fact name="Channel">{channelName(channel)}</Fact>
        <Fact name="Duration">{lasted === undefined ? '–' : formatDuration(lasted)}</Fact>
        <Fact name="Ended">
          <Badge tone={end.tone}>{end.label}</Badge>
          {conversation.endDetail && <p className="muted">{conversation.endDetail}</p>}
        </Fact>
        <Fact name="Model">
          {model} <span className="muted">({provider})</span>
        </Fact>
        <Fact name="Tokens">
          {formatCount(usage.totalTokens)}{' '}
          <span className="muted">
            ({formatCount(usage.promptTokens)} in, {formatCount(usage.responseTokens)} out)
          </span>
        </Fact>
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function toShown(turn: StoredTurn): ShownTurn {
  return {
    key: turn.sequence,
    role: turn.role,
    text: turn.generatedText,
    heard: turn.heardText,
    interrupted: turn.interrupted,
    open: false,
    written: turn.inputKind === 'text',
    toolCalls: turn.toolCalls,
    startedAt: turn.startedAt,
    ...(turn.timings ? { timings: turn.timings } : {}),
    ...(turn.usage ? { totalTokens: turn.usage.totalTokens } : {}),
  };
}
