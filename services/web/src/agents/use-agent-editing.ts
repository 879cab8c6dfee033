import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useConsole } from '../console/console-context';
import type { Agent, PublishedAgent } from '../lib/api-types';
import { ApiError } from '../lib/problem';
import { useAction } from '../lib/use-action';
import { isChanged, toConfig, toDraft, type AgentDraft } from './agent-draft';

export interface AgentEditing {
  draft: AgentDraft;
  change: (change: Partial<AgentDraft>) => void;
  /** Whether the form holds something that isn't saved. */
  changed: boolean;
  running: string | undefined;
  /** Of the last step, until the next one. */
  error: unknown;
  /** Says what the last step did. */
  done: string | undefined;
  save: () => Promise<void>;
  /** Saves first when there is something to save. */
  publish: () => Promise<void>;
  /** A call with the draft; saves first when there is something to save. */
  tryDraft: () => Promise<void>;
  restore: (version: number) => Promise<void>;
}

/** The form's values and what can be done with them. `stored` is undefined for a new agent. */
export function useAgentEditing(stored: Agent | undefined, onStored: (agent: Agent) => void): AgentEditing {
  const { api } = useConsole();
  const router = useRouter();
  const [draft, setDraft] = useState(() => toDraft(stored));
  const { running, error, done, ...action } = useAction();
  const changed = isChanged(draft, toDraft(stored));

  const take = (agent: Agent) => {
    setDraft(toDraft(agent));
    onStored(agent);
  };
  const store = async (): Promise<Agent> => {
    const config = toConfig(draft, stored?.config);
    if (!stored) return api.createAgent({ name: draft.name, config });
    return api.updateAgent(stored.id, stored.revision, { name: draft.name, config });
  };
  const run = async (step: 'saving' | 'publishing' | 'trying' | 'restoring', work: () => Promise<string | void>) => {
    await action.run(step, () => work().catch((failure: unknown) => Promise.reject(explain(failure))));
  };

  return {
    draft,
    changed,
    running,
    error,
    done,
    change: (change) => {
      action.forget();
      setDraft((before) => ({ ...before, ...change }));
    },
    save: () =>
      run('saving', async () => {
        take(await store());
        return 'Saved as draft. Calls get it once you publish.';
      }),
    publish: () =>
      run('publishing', async () => {
        const saved = changed || !stored ? await store() : stored;
        take(saved);
        const published = await api.publishAgent(saved.id);
        take(published);
        return publishedWords(published);
      }),
    tryDraft: () =>
      run('trying', async () => {
        const saved = changed || !stored ? await store() : stored;
        take(saved);
        router.push(`/talk?agent=${saved.id}&draft=1`);
      }),
    restore: (version) =>
      run('restoring', async () => {
        if (!stored) return '';
        take(await api.restoreAgentVersion(stored.id, version));
        return `Version ${version} is in the draft now. Publish it to make calls use it.`;
      }),
  };
}

export function publishedWords({ publishedVersion, modelCheck }: PublishedAgent): string {
  const published = `Version ${publishedVersion} is published: new calls get it from now on.`;
  if (!modelCheck || modelCheck.outcome === 'accepted') return published;
  const why =
    modelCheck.outcome === 'refused'
      ? "But calls will fail: the model provider refuses the platform's key or its default model"
      : 'Its model and voice could not be tried';
  return `${published} ${why} (${modelCheck.detail}).`;
}

function explain(failure: unknown): unknown {
  if (!(failure instanceof ApiError) || failure.fieldMessage('If-Match') === undefined) return failure;
  const message = 'Somebody else changed this agent meanwhile. Copy what you want to keep, then load the page again.';
  return new ApiError({ status: failure.status, kind: failure.kind, message, cause: failure });
}
