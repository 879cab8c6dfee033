import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from '../components/button';
import { Turn } from '../conversations/turn';
import { plural } from '../lib/format';
import { visibleTurns, type CallView } from './call-model';
import styles from './transcript-panel.module.css';

const NEAR_END_PX = 80;

interface TranscriptPanelProps {
  view: CallView;
  agentName: string;
  onSend: (text: string) => void;
  /** Above the box. */
  children: ReactNode;
}

/** Both sides as they speak, and a box to write in. */
export function TranscriptPanel({ view, agentName, onSend, children }: TranscriptPanelProps) {
  const scroll = useFollowing(view);
  const visible = visibleTurns(view);
  const running = view.phase === 'active' || view.phase === 'reconnecting';
  return (
    <section className={styles['panel']} aria-label="Transcript">
      <div ref={scroll} className={styles['scroll']} tabIndex={0} role="group" aria-label="What was said">
        {view.turnsLeftOut > 0 && (
          <p className={styles['left-out']}>{plural(view.turnsLeftOut, 'earlier turn')} in the stored conversation</p>
        )}
        {visible.length === 0 && <p className={styles['empty']}>{emptyWords(view)}</p>}
        <ol className={styles['turns']}>
          {visible.map((turn) => (
            <Turn key={turn.key} turn={turn} callerName="You" agentName={agentName} />
          ))}
        </ol>
      </div>
      <Announcer view={view} agentName={agentName} />
      {children}
      <TextBox disabled={!running} onSend={onSend} />
    </section>
  );
}

/** Keeps the newest words in sight unless the reader has scrolled up. */
function useFollowing(view: CallView) {
  const scroll = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useEffect(() => {
    const element = scroll.current;
    if (!element) return;
    const noted = () => {
      following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    };
    element.addEventListener('scroll', noted, { passive: true });
    return () => element.removeEventListener('scroll', noted);
  }, []);
  useEffect(() => {
    if (following.current) scroll.current?.scrollTo({ top: scroll.current.scrollHeight });
  }, [view.turns]);
  return scroll;
}

/** Reads each finished turn out once; the growing text itself would be read in scraps. */
function Announcer({ view, agentName }: { view: CallView; agentName: string }) {
  const last = view.turns.findLast((turn) => !turn.open && turn.text !== '');
  return (
    <p className="visually-hidden" role="log" aria-live="polite">
      {last && `${last.role === 'user' ? 'You' : agentName}: ${last.heard ?? last.text}`}
    </p>
  );
}

function TextBox({ disabled, onSend }: { disabled: boolean; onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === '') return;
        onSend(text.trim());
        setText('');
      }}
    >
      <label htmlFor="say-in-writing" className="visually-hidden">
        Write to the agent
      </label>
      <input
        id="say-in-writing"
        className={styles['input']}
        value={text}
        maxLength={8_000}
        autoComplete="off"
        placeholder={disabled ? 'Start the call to write' : 'Write to the agent'}
        disabled={disabled}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="primary" icon="send" disabled={disabled || text.trim() === ''}>
        Send
      </Button>
    </form>
  );
}

function emptyWords(view: CallView): string {
  if (view.phase === 'connecting') return 'Connecting …';
  if (!view.started) return 'What is said appears here, word by word.';
  return view.phase === 'ended' ? 'Nothing was said.' : 'Say hello.';
}
