import { useEffect, useRef } from 'react';
import { loudness } from './call-button';
import type { CallSession } from './call-session';
import styles from './microphone-level.module.css';

/** How loud the microphone is. For the eye: screen readers would have to speak ten times a second. */
export function MicrophoneLevel({ session, muted }: { session: CallSession; muted: boolean }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(
    () => session.onLevels(({ input }) => bar.current?.style.setProperty('--level', loudness(input).toFixed(2))),
    [session],
  );
  return (
    <span className={styles['track']} data-muted={muted} aria-hidden="true">
      <span ref={bar} className={styles['level']} />
    </span>
  );
}
