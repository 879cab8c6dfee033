import { useState } from 'react';
import { Button } from './button';
import { Dialog } from './dialog';
import { ErrorNotice } from './notice';

interface ConfirmDialogProps {
  title: string;
  /** What will happen, in a sentence. */
  children: string;
  /** The verb on the button. */
  action: string;
  dangerous?: boolean;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something that can't be undone. A failure is shown in the dialog, which stays open. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await props.onConfirm();
      props.onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button look={props.dangerous ? 'danger' : 'primary'} busy={busy} onClick={() => void confirm()}>
            {props.action}
          </Button>
        </>
      }
    >
      <p>{props.children}</p>
      {error !== undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}
