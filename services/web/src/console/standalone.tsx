import type { ReactNode } from 'react';
import { BrandMark } from '../components/icon';
import styles from './standalone.module.css';

/** A page with one thing on it, outside of the console's frame. */
export function Standalone({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={styles['page']}>
      <div className={styles['card']}>
        <div className={styles['brand']}>
          <BrandMark size={34} />
          <span>OrbisVoice</span>
        </div>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
