'use client';
import Link from 'next/link';
import { useSearchParams } from 'next/navigation';
import { Suspense, useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { Badge } from '../components/badge';
import { ButtonLink } from '../components/button';
import { LeaveGuard } from '../components/leave-guard';
import { LoadFailure } from '../components/load-failure';
import { Loading } from '../components/loading';
import { Notice } from '../components/notice';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { Agent } from '../lib/api-types';
import { useLoad } from '../lib/use-load';
import { CallPanel } from './call-panel';
import { CallSession } from './call-session';
import { SimulatorNotice } from './simulator-notice';
import { SimulatorPanel } from './simulator-panel';
import { suggestionsFor } from './suggestions';
import styles from './talk-page.module.css';
import { TranscriptPanel } from './transcript-panel';

/** /talk?agent=…, and &draft=1 to try the agent's draft */
export function TalkPage() {
  return (
    <Suspense fallback={<Loading />}>
      <TalkToAgentOfAddress />
    </Suspense>
  );
}

function TalkToAgentOfAddress() {
  const { api } = useConsole();
  const address = useSearchParams();
  const id = address.get('agent') ?? '';
  const draft = address.get('draft') === '1';
  const agent = useLoad(useCallback((signal) => api.getAgent(id, signal), [api, id]));
  if (id === '') {
    return (
      <Notice tone="warning" title="Which agent?">
        <p>
          The address names none. Choose one from <Link href="/">the list</Link>.
        </p>
      </Notice>
    );
  }
  if (agent.value && draft && agent.value.draftVersion === null) return <NoDraft agent={agent.value} />;
  if (agent.value) return <Talk key={`${id} ${draft}`} agent={agent.value} draft={draft} />;
  return agent.error === undefined ? (
    <Loading lines={5} />
  ) : (
    <LoadFailure noun="agent" back={{ href: '/', label: 'Agents' }} error={agent.error} retry={agent.reload} />
  );
}

function NoDraft({ agent }: { agent: Agent }) {
  return (
    <>
      <PageHeader back={{ href: `/agent?id=${agent.id}`, label: agent.name }} title={agent.name} />
      <Notice tone="warning" title="There is no draft to try">
        <p>
          All that was saved is published. <Link href={`/talk?agent=${agent.id}`}>Talk to the published version</Link>,
          or change the agent first.
        </p>
      </Notice>
    </>
  );
}

function Talk({ agent, draft }: { agent: Agent; draft: boolean }) {
  const { api, config, organization } = useConsole();
  const session = useMemo(
    () => new CallSession({ api, config, organizationId: organization.id, agentId: agent.id, draft }),
    [api, config, organization.id, agent.id, draft],
  );
  const { view, utterances, ...audio } = useSyncExternalStore(session.subscribe, session.snapshot, session.snapshot);
  useEffect(() => {
    void session.takeUp();
    return () => session.hangUp();
  }, [session]);
  const questions = useQuestions(agent);
  const running = view.phase === 'active' || view.phase === 'reconnecting';
  const simulated = view.started?.provider.simulated === true;
  return (
    <>
      <LeaveGuard active={running} title="End the call?" action="End the call and leave">
        The call ends when you leave this page. The conversation up to here is stored.
      </LeaveGuard>
      <PageHeader
        back={draft ? { href: `/agent?id=${agent.id}`, label: 'Back to the draft' } : { href: '/', label: 'Agents' }}
        title={agent.name}
        actions={<ButtonLink href={`/agent?id=${agent.id}`}>Edit</ButtonLink>}
      >
        {draft && <Badge tone="warning">Draft {agent.draftVersion}, not published</Badge>}
      </PageHeader>
      <div className={styles['columns']}>
        <div className={styles['stage']}>
          <CallPanel agent={agent} session={session} view={view} {...audio} />
          {simulated && <SimulatorNotice />}
        </div>
        <TranscriptPanel view={view} agentName={agent.name} onSend={(text) => session.sendText(text)}>
          {simulated && running && (
            <SimulatorPanel
              questions={questions}
              utterances={utterances}
              speaking={view.activity === 'speaking'}
              onSay={(text) => void session.say(text)}
            />
          )}
        </TranscriptPanel>
      </div>
    </>
  );
}

/** Without a list of tools there is still something to say. */
function useQuestions(agent: Agent): string[] {
  const { api } = useConsole();
  const tools = useLoad(useCallback((signal) => api.listTools(signal), [api]));
  return useMemo(() => {
    const own = tools.value?.items.filter((tool) => agent.config.toolIds.includes(tool.id)) ?? [];
    return suggestionsFor(own.map((tool) => tool.name));
  }, [agent, tools.value]);
}
