import type { ReactNode } from 'react';
import { messageOf } from '../lib/problem';
import { Button } from './button';
import styles from './notice.module.css';

type Tone = 'info' | 'warning' | 'danger' | 'ok';

/** A message in the page. Problems are read out by screen readers as they appear. */
export function Notice(props: { tone: Tone; title?: string; children?: ReactNode; actions?: ReactNode }) {
  const urgent = props.tone === 'danger';
  return (
    <div className={`${styles['notice']} ${styles[props.tone]}`} role={urgent ? 'alert' : 'status'}>
      <div className={styles['text']}>
        {props.title && <p className={styles['title']}>{props.title}</p>}
        {props.children}
      </div>
      {props.actions && <div className={styles['actions']}>{props.actions}</div>}
    </div>
  );
}

/** What went wrong, and a button to try again where that can help. */
export function ErrorNotice(props: { error: unknown; title?: string; retry?: () => void }) {
  return (
    <Notice
      tone="danger"
      title={props.title}
      actions={
        props.retry && (
          <Button small onClick={props.retry}>
            Try again
          </Button>
        )
      }
    >
      <p>{messageOf(props.error)}</p>
    </Notice>
  );
}
