import { Badge } from '../components/badge';
import type { Agent } from '../lib/api-types';
import styles from './agent-status.module.css';

/** Which version calls get, and whether changes wait to be published. */
export function AgentStatus({ agent }: { agent: Agent }) {
  return (
    <span className={styles['status']}>
      {agent.publishedVersion !== null ? (
        <Badge tone="ok">Version {agent.publishedVersion} published</Badge>
      ) : (
        <Badge>Not published</Badge>
      )}
      {agent.draftVersion !== null && <Badge tone="warning">Draft {agent.draftVersion}</Badge>}
    </span>
  );
}
