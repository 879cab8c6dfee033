import Link from 'next/link';
import type { ReactNode } from 'react';
import { Icon } from './icon';
import styles from './page-header.module.css';

interface PageHeaderProps {
  title: ReactNode;
  /** One sentence under the title. */
  children?: ReactNode;
  actions?: ReactNode;
  back?: { href: string; label: string };
}

export function PageHeader({ title, children, actions, back }: PageHeaderProps) {
  return (
    <header className={styles['header']}>
      {back && (
        <Link href={back.href} className={styles['back']}>
          <Icon name="back" size={16} />
          {back.label}
        </Link>
      )}
      <div className={styles['row']}>
        <div className={styles['words']}>
          <h1>{title}</h1>
          {children && <div className={styles['lead']}>{children}</div>}
        </div>
        {actions && <div className={styles['actions']}>{actions}</div>}
      </div>
    </header>
  );
}
