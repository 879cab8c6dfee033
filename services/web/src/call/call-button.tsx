import { useEffect, useRef } from 'react';
import { Icon } from '../components/icon';
import styles from './call-button.module.css';
import type { CallView } from './call-model';
import type { CallSession } from './call-session';

/** The button means something else after each click: the second half of a double click is not meant for that. */
const SETTLES_MS = 1_000;

/** The orb: starts the call, shows who speaks, ends the call. Its rings follow the sound without drawing the page again. */
export function CallButton(props: { session: CallSession; view: CallView; onStart: () => void }) {
  const { session, view, onStart } = props;
  const orb = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      session.onLevels(({ input, output }) => {
        orb.current?.style.setProperty('--input', loudness(input).toFixed(2));
        orb.current?.style.setProperty('--output', loudness(output).toFixed(2));
      }),
    [session],
  );
  const pressedAtMs = useRef(-Infinity);
  const press = (act: () => void) => {
    if (performance.now() - pressedAtMs.current < SETTLES_MS) return;
    pressedAtMs.current = performance.now();
    act();
  };
  const idle = view.phase === 'idle' || view.phase === 'ended';
  return (
    <div ref={orb} className={styles['orb']} data-phase={view.phase} data-activity={view.activity}>
      <span className={styles['halo']} aria-hidden="true" />
      <span className={styles['ring']} aria-hidden="true" />
      <button
        type="button"
        className={`${styles['button']} ${idle ? styles['start'] : styles['stop']}`}
        onClick={() => press(() => (idle ? onStart() : session.hangUp()))}
      >
        <Icon name={idle ? 'microphone' : 'hang-up'} size={34} />
        <span>{idle ? (view.started ? 'Talk again' : 'Talk') : 'Hang up'}</span>
      </button>
    </div>
  );
}

/** Root mean square of speech is small; this spreads it over 0 to 1 the way ears do. */
export function loudness(rootMeanSquare: number): number {
  return Math.min(1, Math.sqrt(Math.max(0, rootMeanSquare)) * 1.7);
}
