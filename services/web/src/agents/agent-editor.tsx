'use client';
import { useRouter } from 'next/navigation';
import { useCallback, useState } from 'react';
import { Button, ButtonLink } from '../components/button';
import { Card, Stack } from '../components/card';
import { ConfirmDialog } from '../components/confirm-dialog';
import { LeaveGuard } from '../components/leave-guard';
import { ErrorNotice, Notice } from '../components/notice';
import { PageHeader } from '../components/page-header';
import { useConsole } from '../console/console-context';
import type { Agent } from '../lib/api-types';
import { ApiError } from '../lib/problem';
import { useLoad } from '../lib/use-load';
import styles from './agent-editor.module.css';
import { AgentForm } from './agent-form';
import { isShownAtFields } from './agent-fields';
import { AgentStatus } from './agent-status';
import { AgentVersions } from './agent-versions';
import { useAgentEditing, type AgentEditing } from './use-agent-editing';

/** Form, publishing and versions of one agent. `stored` is undefined for a new one. */
export function AgentEditor(props: { stored: Agent | undefined; onStored: (agent: Agent) => void }) {
  const { stored, onStored } = props;
  const { api } = useConsole();
  const tools = useLoad(useCallback((signal) => api.listTools(signal), [api]));
  const editing = useAgentEditing(stored, onStored);
  return (
    <>
      <LeaveGuard
        active={editing.changed && editing.running === undefined}
        title="Leave without saving?"
        action="Leave without saving"
      >
        What you have changed on this page isn’t saved, and would be lost.
      </LeaveGuard>
      <PageHeader
        back={{ href: '/', label: 'Agents' }}
        title={stored?.name ?? 'New agent'}
        actions={
          stored &&
          stored.publishedVersion !== null && (
            <ButtonLink href={`/talk?agent=${stored.id}`} icon="microphone">
              Talk
            </ButtonLink>
          )
        }
      >
        {stored ? <AgentStatus agent={stored} /> : 'Describe it, save it, publish it, and call it.'}
      </PageHeader>
      <div className={styles['columns']}>
        <form
          className={styles['main']}
          onSubmit={(event) => {
            event.preventDefault();
            void editing.save();
          }}
        >
          <Card>
            <AgentForm
              draft={editing.draft}
              onChange={editing.change}
              tools={tools.value?.items}
              toolsError={tools.error}
              error={editing.error instanceof ApiError ? editing.error : undefined}
            />
          </Card>
          <SaveBar editing={editing} stored={stored} />
        </form>
        {stored && (
          <aside className={styles['side']}>
            <Stack>
              <AgentVersions agent={stored} editing={editing} />
              <DeleteAgent agent={stored} />
            </Stack>
          </aside>
        )}
      </div>
    </>
  );
}

function SaveBar({ editing, stored }: { editing: AgentEditing; stored: Agent | undefined }) {
  const { changed, running, error, done } = editing;
  const publishable = changed || !stored || stored.draftVersion !== null;
  return (
    <div className={styles['bar']}>
      {error !== undefined && (
        <ErrorNotice error={isShownAtFields(error) ? new Error('Please check the marked fields.') : error} />
      )}
      {error === undefined && done !== undefined && (
        <Notice tone="ok">
          <p>{done}</p>
        </Notice>
      )}
      <div className={styles['buttons']}>
        <Button
          look="primary"
          busy={running === 'publishing'}
          disabled={!publishable || running !== undefined}
          onClick={(event) => event.currentTarget.form?.reportValidity() && void editing.publish()}
        >
          {changed || !stored ? 'Save and publish' : 'Publish'}
        </Button>
        <Button type="submit" busy={running === 'saving'} disabled={!changed || running !== undefined}>
          Save draft
        </Button>
        {(changed || stored?.draftVersion !== null) && (
          <Button
            icon="microphone"
            busy={running === 'trying'}
            disabled={running !== undefined}
            onClick={(event) => event.currentTarget.form?.reportValidity() && void editing.tryDraft()}
          >
            {changed || !stored ? 'Save and try' : 'Try the draft'}
          </Button>
        )}
        <span className="muted" role="status">
          {running === 'saving' && 'Saving …'}
          {running === 'publishing' && 'Publishing …'}
          {running === undefined && changed && stored && 'Unsaved changes'}
        </span>
      </div>
    </div>
  );
}

function DeleteAgent({ agent }: { agent: Agent }) {
  const { api } = useConsole();
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  return (
    <p>
      <Button look="danger" small onClick={() => setAsking(true)}>
        Delete agent
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Delete ${agent.name}?`}
          action="Delete"
          dangerous
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await api.deleteAgent(agent.id);
            router.replace('/');
          }}
        >
          Nobody can call it from then on. Its conversations stay.
        </ConfirmDialog>
      )}
    </p>
  );
}
