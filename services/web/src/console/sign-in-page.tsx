'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { ButtonLink } from '../components/button';
import { CodeBlock } from '../components/code-block';
import { ErrorNotice } from '../components/notice';
import { createApi } from '../lib/api';
import { loadConfig } from '../lib/config';
import { followSignInLink, isSpentLink } from '../lib/sign-in-link';
import { Standalone } from './standalone';

type State = { name: 'reading' } | { name: 'explaining' } | { name: 'signing-in' } | { name: 'failed'; error: unknown };

/** Spends the token of a sign-in link. It is in the fragment, which browsers send to no server and put in no log. */
export function SignInPage() {
  const router = useRouter();
  const [state, setState] = useState<State>({ name: 'reading' });
  const begun = useRef(false);
  useEffect(() => {
    const begin = (): void => {
      const token = takeToken();
      if (token === undefined)
        return setState((before) => (before.name === 'reading' ? { name: 'explaining' } : before));
      setState({ name: 'signing-in' });
      redeem(token).then(
        () => router.replace('/'),
        (error: unknown) => setState({ name: 'failed', error }),
      );
    };
    if (!begun.current) begin();
    begun.current = true;
    // A new link, opened where this page is already, changes nothing but the fragment.
    window.addEventListener('hashchange', begin);
    return () => window.removeEventListener('hashchange', begin);
  }, [router]);

  if (state.name === 'reading' || state.name === 'signing-in') {
    return (
      <Standalone title="Signing in">
        <p role="status" className="muted">
          One moment …
        </p>
      </Standalone>
    );
  }
  const spent = state.name === 'failed' && isSpentLink(state.error);
  return (
    <Standalone title={state.name === 'failed' ? 'That link didn’t work' : 'Sign in'}>
      {spent && <p role="alert">A sign-in link works once and for 24 hours. This one is used up or too old.</p>}
      {state.name === 'failed' && !spent && <ErrorNotice error={state.error} />}
      <p>You sign in with a one-time link. While OrbisVoice runs, this prints a new one:</p>
      <CodeBlock label="Command that prints a sign-in link" code="npm run sign-in-link" />
      <p className="muted">
        Open the link that it shows on this computer. Somebody else runs OrbisVoice? Ask them for a link.
      </p>
      <ButtonLink href="/">I’m signed in already</ButtonLink>
    </Standalone>
  );
}

/** The fragment is removed from the address bar and the history at once: a token is good for one use. */
function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null || token === '') return undefined;
  history.replaceState(history.state, '', location.pathname);
  return token;
}

async function redeem(token: string): Promise<void> {
  const { apiUrl } = await loadConfig(AbortSignal.timeout(10_000));
  await followSignInLink(createApi(apiUrl), token);
}
