import { useEffect, useState } from 'react';
import { Button, ButtonLink } from '../components/button';
import { Notice } from '../components/notice';
import type { Agent } from '../lib/api-types';
import { formatDuration } from '../lib/format';
import { versionWords } from '../lib/version-words';
import { CallButton } from './call-button';
import { CallFailureNotice } from './call-failure-notice';
import { failureOf } from './call-errors';
import type { CallPhase, CallView } from './call-model';
import styles from './call-panel.module.css';
import type { CallSession } from './call-session';
import { MicrophoneLevel } from './microphone-level';
import { soundHint, type SoundState } from './sound-hint';

/** What screen readers say by themselves. Who speaks changes too often for that; they find it in the page. */
const ANNOUNCEMENTS: Record<CallPhase, string> = {
  idle: '',
  connecting: 'Connecting to the agent.',
  active: 'The call is on.',
  reconnecting: 'The call is being taken up again.',
  ended: 'The call has ended.',
};

interface CallPanelProps {
  agent: Agent;
  session: CallSession;
  view: CallView;
  sound: SoundState;
  withMicrophone: boolean;
  gatewayUrl?: string;
}

/** The button that starts and ends the call, what state it is in, and the microphone. */
export function CallPanel({ agent, session, view, sound, withMicrophone, gatewayUrl }: CallPanelProps) {
  const { muted } = sound;
  const running = view.phase === 'active' || view.phase === 'reconnecting';
  const failure = view.ended && failureOf(view.ended, gatewayUrl);
  const start = (microphone: boolean) => void session.start(microphone);
  return (
    <section className={styles['panel']} aria-label="Call" data-on={running || view.phase === 'connecting'}>
      <CallButton session={session} view={view} onStart={() => start(true)} />
      <p className={styles['state']}>{stateWords(view)}</p>
      <p className="visually-hidden" role="status">
        {ANNOUNCEMENTS[view.phase]}
      </p>
      {running && <CallFacts view={view} />}
      {running && withMicrophone && (
        <div className={styles['microphone']}>
          <Button
            small
            icon={muted ? 'microphone-off' : 'microphone'}
            aria-pressed={muted}
            onClick={() => session.setMuted(!muted)}
          >
            {muted ? 'Unmute' : 'Mute'}
          </Button>
          <MicrophoneLevel session={session} muted={muted} />
        </div>
      )}
      {running && !withMicrophone && <p className={styles['hint']}>No microphone in this call: write to the agent.</p>}
      {running && <Hint sound={sound} session={session} />}
      {running && view.problem !== undefined && (
        <p className={styles['problem']} role="alert">
          {view.problem}
        </p>
      )}
      {view.phase === 'idle' && (
        <p className={styles['hint']}>
          Your browser asks for the microphone once.{' '}
          <button type="button" className={styles['link']} onClick={() => start(false)}>
            Talk without one
          </button>
        </p>
      )}
      {view.phase === 'ended' && !failure && <EndedActions view={view} />}
      {failure && (
        <CallFailureNotice
          failure={failure}
          agent={agent}
          conversationId={view.started?.conversationId}
          onStart={start}
        />
      )}
    </section>
  );
}

function Hint({ sound, session }: { sound: SoundState; session: CallSession }) {
  const hint = soundHint(sound);
  if (!hint) return null;
  const remedies = {
    mute: { words: 'Mute', act: () => session.setMuted(true) },
    resume: { words: 'Turn sound on', act: () => session.resumeSound() },
    microphone: { words: 'Use the microphone', act: () => session.openMicrophone() },
  };
  return (
    <Notice
      tone="warning"
      actions={
        hint.remedy && (
          <Button small onClick={() => remedies[hint.remedy!].act()}>
            {remedies[hint.remedy].words}
          </Button>
        )
      }
    >
      <p>{hint.text}</p>
    </Notice>
  );
}

function EndedActions({ view }: { view: CallView }) {
  if (!view.started) return null;
  return (
    <ButtonLink href={`/conversation?id=${view.started.conversationId}`} icon="conversations">
      Open the conversation
    </ButtonLink>
  );
}

function CallFacts({ view }: { view: CallView }) {
  const { started, startedAtMs = 0 } = view;
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (!started) return null;
  return (
    <p className={styles['facts']}>
      <span className="numeric">{formatDuration(now - startedAtMs)}</span>
      <span>{versionWords(started)}</span>
      <span>{started.provider.model}</span>
    </p>
  );
}

function stateWords(view: CallView): string {
  switch (view.phase) {
    case 'idle':
      return 'Ready';
    case 'connecting':
      return 'Connecting …';
    case 'reconnecting':
      return 'Taking the call up again …';
    case 'ended':
      return view.started ? 'Call ended' : 'Not connected';
    case 'active':
      return { listening: 'Listening', thinking: 'Thinking', speaking: 'Speaking' }[view.activity];
  }
}
