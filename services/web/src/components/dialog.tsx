import { useEffect, useRef, type ReactNode } from 'react';
import styles from './dialog.module.css';

/** A modal dialog while it is mounted. Escape closes it; the browser keeps the focus inside and gives it back. */
export function Dialog(props: { title: string; onClose: () => void; children: ReactNode; actions: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className={styles['dialog']} onCancel={props.onClose} aria-labelledby="dialog-title">
      <h2 id="dialog-title">{props.title}</h2>
      <div className={styles['body']}>{props.children}</div>
      <div className={styles['actions']}>{props.actions}</div>
    </dialog>
  );
}
