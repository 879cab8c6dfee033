import { CopyButton } from './copy-button';
import styles from './code-block.module.css';

/** Text to copy: a command, a secret. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <figure className={styles['block']} aria-label={label}>
      <pre tabIndex={0}>{code}</pre>
      <CopyButton text={code} />
    </figure>
  );
}
