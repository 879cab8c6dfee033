import { Field } from '../components/field';
import type { AgentFormProps } from './agent-form';
import styles from './agent-form.module.css';

/** Settings that most agents never need. */
export function AgentFormAdvanced({ draft, onChange, error }: Pick<AgentFormProps, 'draft' | 'onChange' | 'error'>) {
  const fields = ['config.model', 'config.temperature', 'config.maxCallSeconds'];
  const faulty = fields.some((field) => error?.fieldMessage(field) !== undefined);
  return (
    <details className={styles['advanced']} open={faulty || undefined}>
      <summary>More settings</summary>
      <div className={styles['form']}>
        <div className={styles['triple']}>
          <Field
            label="Longest call, minutes"
            error={error?.fieldMessage('config.maxCallSeconds')}
            hint="10 seconds to 4 hours"
          >
            {(control) => (
              <input
                {...control}
                type="number"
                min={0.16}
                max={240}
                required
                step="any"
                value={draft.maxCallMinutes}
                onChange={(event) => onChange({ maxCallMinutes: event.target.value })}
              />
            )}
          </Field>
          <Field label="Temperature" optional error={error?.fieldMessage('config.temperature')} hint="0 to 2">
            {(control) => (
              <input
                {...control}
                type="number"
                min={0}
                max={2}
                step={0.1}
                value={draft.temperature}
                onChange={(event) => onChange({ temperature: event.target.value })}
              />
            )}
          </Field>
          <Field label="Model" optional error={error?.fieldMessage('config.model')} hint="Empty: the platform’s">
            {(control) => (
              <input
                {...control}
                autoComplete="off"
                spellCheck={false}
                value={draft.model}
                onChange={(event) => onChange({ model: event.target.value })}
              />
            )}
          </Field>
        </div>
        <label className={styles['check']}>
          <input
            type="checkbox"
            checked={draft.letsInterrupt}
            onChange={(event) => onChange({ letsInterrupt: event.target.checked })}
          />
          <span>Callers may interrupt the agent by speaking</span>
        </label>
      </div>
    </details>
  );
}
