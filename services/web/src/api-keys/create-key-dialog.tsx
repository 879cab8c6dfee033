import { useState } from 'react';
import { Button } from '../components/button';
import { CodeBlock } from '../components/code-block';
import { Dialog } from '../components/dialog';
import { Field } from '../components/field';
import { ErrorNotice, Notice } from '../components/notice';
import { useConsole } from '../console/console-context';
import { ApiError } from '../lib/problem';
import { useAction } from '../lib/use-action';

/** Asks for a name, then shows the secret: the only time that anybody sees it. */
export function CreateKeyDialog({ onClose, onCreated }: { onClose: () => void; onCreated: () => void }) {
  const { api } = useConsole();
  const [name, setName] = useState('');
  const [secret, setSecret] = useState<string>();
  const { running, error, run } = useAction();
  const create = () =>
    run('creating', async () => {
      const created = await api.createApiKey(name.trim());
      setSecret(created.secret);
      onCreated();
    });

  if (secret !== undefined) return <SecretDialog secret={secret} onClose={onClose} />;
  const nameError = error instanceof ApiError ? error.fieldMessage('name') : undefined;
  return (
    <Dialog
      title="Create an API key"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="create-key"
            busy={running !== undefined}
            disabled={name.trim() === ''}
          >
            Create
          </Button>
        </>
      }
    >
      <form
        id="create-key"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Field label="Name" error={nameError} hint="What uses it, such as “Web shop backend”.">
          {(control) => (
            <input
              {...control}
              value={name}
              maxLength={100}
              autoFocus
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
      {error !== undefined && nameError === undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}

function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      title="Your new key"
      onClose={onClose}
      actions={
        <Button look="primary" onClick={onClose}>
          I have stored it
        </Button>
      }
    >
      <Notice tone="warning">
        <p>This is the only time the key is shown. Store it where your other secrets are.</p>
      </Notice>
      <CodeBlock label="API key" code={secret} />
    </Dialog>
  );
}
