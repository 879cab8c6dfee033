'use client';
import { useRouter, useSearchParams } from 'next/navigation';
import { Suspense, useCallback } from 'react';
import { LoadFailure } from '../components/load-failure';
import { Loading } from '../components/loading';
import { useConsole } from '../console/console-context';
import { useLoad } from '../lib/use-load';
import { AgentEditor } from './agent-editor';

/** /agent makes a new agent, /agent?id=… edits one. */
export function AgentPage() {
  return (
    <Suspense fallback={<Loading />}>
      <AgentOfAddress />
    </Suspense>
  );
}

function AgentOfAddress() {
  const { api } = useConsole();
  const router = useRouter();
  const id = useSearchParams().get('id') ?? undefined;
  const agent = useLoad(
    useCallback(async (signal) => (id === undefined ? undefined : api.getAgent(id, signal)), [api, id]),
  );
  if (id === undefined) {
    return (
      <AgentEditor key="new" stored={undefined} onStored={(created) => router.replace(`/agent?id=${created.id}`)} />
    );
  }
  if (agent.value) return <AgentEditor key={id} stored={agent.value} onStored={agent.replace} />;
  return agent.error === undefined ? (
    <Loading lines={5} />
  ) : (
    <LoadFailure noun="agent" back={{ href: '/', label: 'Agents' }} error={agent.error} retry={agent.reload} />
  );
}
