import { Badge } from '../components/badge';
import { Icon } from '../components/icon';
import { formatJson, formatMs } from '../lib/format';
import { outcomeOf } from './conversation-words';
import styles from './tool-call-card.module.css';
import type { ShownToolCall } from './turn-model';

export function ToolCallCard({ toolCall }: { toolCall: ShownToolCall }) {
  const { name, outcome, durationMs } = toolCall;
  const end = outcome === undefined ? undefined : outcomeOf(outcome);
  return (
    <div className={styles['card']} role="group" aria-label={`Tool call ${name}`}>
      <p className={styles['head']}>
        <Icon name="tool" size={16} />
        <code>{name}</code>
        {end ? <Badge tone={end.tone}>{end.label}</Badge> : <Badge tone="accent">Running …</Badge>}
        {durationMs !== undefined && <span className={styles['duration']}>{formatMs(durationMs)}</span>}
      </p>
      <dl className={styles['values']}>
        <dt>Arguments</dt>
        <dd>
          <pre tabIndex={0}>{formatJson(toolCall.arguments)}</pre>
        </dd>
        {end && (
          <>
            <dt>Result</dt>
            <dd>
              <pre tabIndex={0}>{formatJson(toolCall.result)}</pre>
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}
