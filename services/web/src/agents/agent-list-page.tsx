'use client';
import Link from 'next/link';
import { useCallback } from 'react';
import { Button, ButtonLink } from '../components/button';
import { Card } from '../components/card';
import { Empty } from '../components/empty';
import { Loading } from '../components/loading';
import { ErrorNotice } from '../components/notice';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { Agent } from '../lib/api-types';
import { formatTime } from '../lib/format';
import { usePages } from '../lib/use-pages';
import styles from './agent-list-page.module.css';
import { AgentStatus } from './agent-status';

export function AgentListPage() {
  const { api } = useConsole();
  const agents = usePages(useCallback((cursor, signal) => api.listAgents(cursor, signal), [api]));
  const create = (
    <ButtonLink href="/agent" look={agents.items?.length === 0 ? 'primary' : 'secondary'} icon="plus">
      New agent
    </ButtonLink>
  );
  return (
    <>
      <PageHeader title="Agents" actions={agents.items && agents.items.length > 0 && create}>
        Define an agent once, publish it, and talk to it from here.
      </PageHeader>
      {agents.items === undefined && agents.error === undefined && (
        <Card padded={false}>
          <Loading label="Loading agents" />
        </Card>
      )}
      {agents.error !== undefined && <ErrorNotice error={agents.error} retry={agents.reload} />}
      {agents.items?.length === 0 && (
        <Card padded={false}>
          <Empty title="No agents yet" action={create}>
            An agent is a prompt, a voice and the tools it may use. Create one, publish it, and call it.
          </Empty>
        </Card>
      )}
      <ul className={styles['grid']}>
        {agents.items?.map((agent) => (
          <AgentCard key={agent.id} agent={agent} />
        ))}
      </ul>
      {agents.hasMore && (
        <p className={styles['more']}>
          <Button busy={agents.loading} onClick={agents.loadMore}>
            Load more
          </Button>
        </p>
      )}
    </>
  );
}

function AgentCard({ agent }: { agent: Agent }) {
  return (
    <li className={styles['agent']}>
      <div className={styles['head']}>
        <h2>
          <Link href={`/agent?id=${agent.id}`}>{agent.name}</Link>
        </h2>
        <AgentStatus agent={agent} />
      </div>
      <p className={styles['prompt']}>{agent.config.prompt}</p>
      <div className={styles['foot']}>
        <span className="muted">Changed {formatTime(agent.updatedAt)}</span>
        <span className={styles['actions']}>
          <ButtonLink href={`/agent?id=${agent.id}`} small look="quiet">
            Edit<span className="visually-hidden"> {agent.name}</span>
          </ButtonLink>
          {agent.publishedVersion !== null && (
            <ButtonLink href={`/talk?agent=${agent.id}`} small look="primary" icon="microphone">
              Talk<span className="visually-hidden"> to {agent.name}</span>
            </ButtonLink>
          )}
        </span>
      </div>
    </li>
  );
}
