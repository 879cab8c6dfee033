'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { Button } from '../components/button';
import { BrandMark, Icon, type IconName } from '../components/icon';
import styles from './navigation.module.css';

interface Destination {
  href: string;
  label: string;
  icon: IconName;
  /** Pages that belong to it. */
  paths: string[];
}

const DESTINATIONS: Destination[] = [
  { href: '/', label: 'Agents', icon: 'agents', paths: ['/', '/agent', '/talk'] },
  { href: '/conversations', label: 'Conversations', icon: 'conversations', paths: ['/conversations', '/conversation'] },
  { href: '/api-keys', label: 'API keys', icon: 'key', paths: ['/api-keys'] },
];

interface NavigationProps {
  organizationName?: string;
  version?: string;
  apiUrl?: string;
  onSignOut: () => void;
}

export function Navigation(props: NavigationProps) {
  const path = usePathname();
  return (
    <header className={styles['navigation']}>
      <Link href="/" className={styles['brand']}>
        <BrandMark />
        <span>OrbisVoice</span>
      </Link>
      <nav aria-label="Console" className={styles['links']}>
        {DESTINATIONS.map(({ href, label, icon, paths }) => (
          <Link
            key={href}
            href={href}
            className={styles['link']}
            aria-current={paths.includes(path) ? 'page' : undefined}
          >
            <Icon name={icon} />
            <span>{label}</span>
          </Link>
        ))}
        {props.apiUrl !== undefined && (
          <a href={`${props.apiUrl}/docs`} target="_blank" rel="noreferrer" className={styles['link']}>
            <Icon name="docs" />
            <span>Docs</span>
          </a>
        )}
      </nav>
      <div className={styles['account']}>
        {props.organizationName !== undefined && (
          <>
            <div className={styles['organization']}>
              <span className={styles['name']}>{props.organizationName}</span>
              {props.version !== undefined && <span className="muted">Version {props.version}</span>}
            </div>
            <Button
              look="quiet"
              small
              icon="sign-out"
              onClick={props.onSignOut}
              aria-label="Sign out"
              title="Sign out"
            />
          </>
        )}
      </div>
    </header>
  );
}
