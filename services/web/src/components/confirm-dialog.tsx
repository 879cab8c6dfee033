import { Button } from './button';
import { Dialog } from './dialog';
import { useAction } from '../lib/use-action';
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
  const { running, error, run } = useAction();
  const confirm = async () => {
    if (await run('confirming', props.onConfirm)) props.onClose();
  };
  return (
    <Dialog
      title={props.title}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            look={props.dangerous ? 'danger' : 'primary'}
            busy={running !== undefined}
            onClick={() => void confirm()}
          >
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
