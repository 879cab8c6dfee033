import { useCallback, useState } from 'react';
import { Badge } from '../components/badge';
import { Button } from '../components/button';
import { Card } from '../components/card';
import { ConfirmDialog } from '../components/confirm-dialog';
import { messageOf } from '../lib/problem';
import { useConsole } from '../console/console-context';
import type { Agent, AgentVersion } from '../lib/api-types';
import { formatTime } from '../lib/format';
import { usePages } from '../lib/use-pages';
import styles from './agent-versions.module.css';
import type { AgentEditing } from './use-agent-editing';

/** Newest first, with a way back to any published one. */
export function AgentVersions({ agent, editing }: { agent: Agent; editing: AgentEditing }) {
  const { api } = useConsole();
  const { id, revision } = agent;
  const load = useCallback(
    async (cursor: string | undefined, signal: AbortSignal) => {
      void revision; // A change of the agent can add a version.
      const page = await api.listAgentVersions(id, cursor, signal);
      return { ...page, items: page.items.map((version) => ({ ...version, id: String(version.version) })) };
    },
    [api, id, revision],
  );
  const versions = usePages(load);
  const [asking, setAsking] = useState<number>();
  const overwrites = agent.draftVersion !== null || editing.changed;
  const restore = (version: number) => (overwrites ? setAsking(version) : void editing.restore(version));
  return (
    <Card title="Versions">
      {versions.error !== undefined && <p className="muted">{messageOf(versions.error)}</p>}
      <ol className={styles['versions']}>
        {versions.items?.map((version) => (
          <li key={version.id} className={styles['version']}>
            <VersionWords version={version} current={version.version === agent.publishedVersion} />
            {version.publishedAt && (
              <Button
                small
                look="quiet"
                busy={editing.running === 'restoring'}
                onClick={() => restore(version.version)}
                aria-label={`Restore version ${version.version}`}
              >
                Restore
              </Button>
            )}
          </li>
        ))}
      </ol>
      {versions.hasMore && (
        <Button small look="quiet" busy={versions.loading} onClick={versions.loadMore}>
          Older versions
        </Button>
      )}
      {asking !== undefined && (
        <ConfirmDialog
          title={`Restore version ${asking}?`}
          action="Restore"
          onClose={() => setAsking(undefined)}
          onConfirm={() => editing.restore(asking)}
        >
          It takes the place of the draft and of what you have changed on this page. Published versions stay as they
          are.
        </ConfirmDialog>
      )}
    </Card>
  );
}

function VersionWords({ version, current }: { version: AgentVersion; current: boolean }) {
  return (
    <div className={styles['words']}>
      <span className={styles['name']}>
        Version {version.version}
        {current && <Badge tone="ok">Live</Badge>}
        {!version.publishedAt && <Badge tone="warning">Draft</Badge>}
      </span>
      <span className={styles['when']}>
        {version.publishedAt
          ? `Published ${formatTime(version.publishedAt)}`
          : `Begun ${formatTime(version.createdAt)}`}
        {version.restoredFromVersion !== null && `, from version ${version.restoredFromVersion}`}
      </span>
    </div>
  );
}
