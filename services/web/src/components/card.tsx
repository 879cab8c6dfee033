import type { ReactNode } from 'react';
import styles from './card.module.css';

export function Card(props: { title?: string; aside?: ReactNode; padded?: boolean; children: ReactNode }) {
  return (
    <section className={`${styles['card']} ${props.padded === false ? '' : styles['padded']}`}>
      {props.title !== undefined && (
        <div className={styles['head']}>
          <h2>{props.title}</h2>
          {props.aside}
        </div>
      )}
      {props.children}
    </section>
  );
}

/** Cards and the like below each other. */
export function Stack({ children }: { children: ReactNode }) {
  return <div className={styles['stack']}>{children}</div>;
}
