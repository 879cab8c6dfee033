import { Field } from '../components/field';
import type { ApiError } from '../lib/problem';
import type { Tool } from '../lib/api-types';
import type { AgentDraft } from './agent-draft';
import styles from './agent-form.module.css';
import { AgentFormAdvanced } from './agent-form-advanced';
import { ToolPicker } from './tool-picker';
import { LANGUAGES, VOICES } from './voices';

export interface AgentFormProps {
  draft: AgentDraft;
  onChange: (change: Partial<AgentDraft>) => void;
  /** Undefined while they load. */
  tools: Tool[] | undefined;
  toolsError: unknown;
  /** Of the last attempt to save: its field messages are shown at their fields. */
  error: ApiError | undefined;
}

export function AgentForm(props: AgentFormProps) {
  const { draft, onChange, error } = props;
  return (
    <div className={styles['form']}>
      <Field label="Name" error={error?.fieldMessage('name')}>
        {(control) => (
          <input
            {...control}
            value={draft.name}
            maxLength={100}
            required
            autoComplete="off"
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Prompt"
        error={error?.fieldMessage('config.prompt')}
        hint="Who the agent is, what it should do, and what it must not do. Write it as you would brief a new colleague."
      >
        {(control) => (
          <textarea
            {...control}
            rows={9}
            maxLength={32_000}
            required
            value={draft.prompt}
            onChange={(event) => onChange({ prompt: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Greeting"
        optional
        error={error?.fieldMessage('config.greeting')}
        hint="What the agent says when a call starts. Empty: it waits for the caller."
      >
        {(control) => (
          <textarea
            {...control}
            rows={2}
            maxLength={1_000}
            value={draft.greeting}
            onChange={(event) => onChange({ greeting: event.target.value })}
          />
        )}
      </Field>
      <VoiceAndLanguage {...props} />
      <ToolPicker
        tools={props.tools}
        loadError={props.toolsError}
        chosen={draft.toolIds}
        error={error?.fieldMessage('config.toolIds')}
        onChange={(toolIds) => onChange({ toolIds })}
      />
      <AgentFormAdvanced draft={draft} onChange={onChange} error={error} />
    </div>
  );
}

function VoiceAndLanguage({ draft, onChange, error }: AgentFormProps) {
  return (
    <div className={styles['pair']}>
      <Field label="Voice" error={error?.fieldMessage('config.voice')}>
        {(control) => (
          <select {...control} value={draft.voice} onChange={(event) => onChange({ voice: event.target.value })}>
            <option value="">The provider’s default</option>
            {withStored(VOICES, draft.voice).map(([name, character]) => (
              <option key={name} value={name}>
                {character === '' ? name : `${name} – ${character}`}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Language" error={error?.fieldMessage('config.languageCode')}>
        {(control) => (
          <select
            {...control}
            value={draft.languageCode}
            onChange={(event) => onChange({ languageCode: event.target.value })}
          >
            <option value="">Whichever the caller speaks</option>
            {withStored(LANGUAGES, draft.languageCode).map(([code, name]) => (
              <option key={code} value={code}>
                {name === '' ? code : name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </div>
  );
}

/** A value set through the API that isn't in the list stays choosable. */
function withStored(
  list: readonly (readonly [string, string])[],
  stored: string,
): readonly (readonly [string, string])[] {
  return stored === '' || list.some(([value]) => value === stored) ? list : [...list, [stored, '']];
}
