import { messageOf } from '../lib/problem';
import type { Tool } from '../lib/api-types';
import styles from './tool-picker.module.css';

interface ToolPickerProps {
  /** Undefined while they load. */
  tools: Tool[] | undefined;
  loadError: unknown;
  chosen: string[];
  error?: string;
  onChange: (toolIds: string[]) => void;
}

export function ToolPicker({ tools, loadError, chosen, error, onChange }: ToolPickerProps) {
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  const missing = tools === undefined ? [] : chosen.filter((id) => !tools.some((tool) => tool.id === id));
  return (
    <fieldset className={styles['picker']}>
      <legend>Tools</legend>
      {tools === undefined && loadError === undefined && <p className="muted">Loading …</p>}
      {loadError !== undefined && <p className={styles['error']}>Tools can’t be shown: {messageOf(loadError)}</p>}
      {tools?.length === 0 && (
        <p className="muted">
          There are no tools yet. Create one with <code>POST /v1/tools</code>.
        </p>
      )}
      <div className={styles['tools']}>
        {tools?.map((tool) => (
          <label key={tool.id} className={styles['tool']}>
            <input type="checkbox" checked={chosen.includes(tool.id)} onChange={() => toggle(tool.id)} />
            <span className={styles['words']}>
              <code>{tool.name}</code>
              <span className={styles['description']}>{tool.description}</span>
            </span>
          </label>
        ))}
        {missing.map((id) => (
          <label key={id} className={styles['tool']}>
            <input type="checkbox" checked onChange={() => toggle(id)} />
            <span className={styles['words']}>
              <code>{id}</code>
              <span className={styles['description']}>
                This tool is not among those shown; it may have been deleted.
              </span>
            </span>
          </label>
        ))}
      </div>
      {error && <p className={styles['error']}>{error}</p>}
    </fieldset>
  );
}
