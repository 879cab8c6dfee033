'use client';
import { forgetKeptCalls } from '@orbisvoice/client/browser/kept-call';
import { useRouter } from 'next/navigation';
import { useEffect, type ReactNode } from 'react';
import { Loading } from '../components/loading';
import { ErrorNotice } from '../components/notice';
import { KEPT_CALLS } from '../call/kept-calls';
import { createApi } from '../lib/api';
import { loadConfig } from '../lib/config';
import { ApiError } from '../lib/problem';
import { useAction } from '../lib/use-action';
import { useLoad } from '../lib/use-load';
import { ConsoleContext, type Console } from './console-context';
import styles from './console-shell.module.css';
import { Navigation } from './navigation';

/** The frame of every page behind the sign-in. Who is not signed in is sent there. */
export function ConsoleShell({ children }: { children: ReactNode }) {
  const router = useRouter();
  const opened = useLoad<Console>(openConsole);
  const signedOut = opened.error instanceof ApiError && opened.error.status === 401;
  useEffect(() => {
    if (signedOut) router.replace('/sign-in');
  }, [signedOut, router]);

  const leaving = useAction();
  const signOut = () =>
    leaving.run('signing out', async () => {
      forgetKeptCalls(KEPT_CALLS);
      await opened.value?.api.endSession().catch(() => undefined);
      router.replace('/sign-in');
    });

  return (
    <div className={styles['shell']}>
      <a href="#content" className={styles['skip']}>
        Skip to content
      </a>
      <Navigation
        organizationName={opened.value?.organization.name}
        apiUrl={opened.value?.config.apiUrl}
        version={opened.value?.config.version}
        onSignOut={() => void signOut()}
      />
      <main id="content" className={styles['content']} tabIndex={-1}>
        {opened.value ? (
          <ConsoleContext value={opened.value}>{children}</ConsoleContext>
        ) : opened.error !== undefined && !signedOut && !opened.loading ? (
          <ErrorNotice title="The console can’t start" error={opened.error} retry={opened.reload} />
        ) : (
          <Loading label="Opening the console" lines={4} />
        )}
      </main>
    </div>
  );
}

async function openConsole(signal: AbortSignal): Promise<Console> {
  const config = await loadConfig(signal);
  const api = createApi(config.apiUrl);
  const { organization } = await api.getSession(signal);
  return { config, api, organization };
}
