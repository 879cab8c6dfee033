import { Button, ButtonLink } from '../components/button';
import { Notice } from '../components/notice';
import type { Agent } from '../lib/api-types';
import type { CallFailure } from './call-errors';

interface CallFailureNoticeProps {
  failure: CallFailure;
  agent: Agent;
  /** Of a call that had begun. */
  conversationId: string | undefined;
  onStart: (withMicrophone: boolean) => void;
}

export function CallFailureNotice({ failure, agent, conversationId, onStart }: CallFailureNoticeProps) {
  return (
    <Notice tone="danger" title={failure.title} actions={<Remedies {...{ failure, agent, conversationId, onStart }} />}>
      <p>{failure.message}</p>
    </Notice>
  );
}

function Remedies({ failure, agent, conversationId, onStart }: CallFailureNoticeProps) {
  return (
    <>
      {failure.remedy === 'without-microphone' && (
        <Button small onClick={() => onStart(false)}>
          Talk without a microphone
        </Button>
      )}
      {failure.remedy === 'publish' && (
        <ButtonLink small href={`/agent?id=${agent.id}`}>
          Open the agent
        </ButtonLink>
      )}
      {failure.remedy === 'sign-in' && (
        <ButtonLink small href="/sign-in">
          Sign in
        </ButtonLink>
      )}
      {failure.remedy === 'retry' && (
        <Button small onClick={() => onStart(true)}>
          Try again
        </Button>
      )}
      {conversationId !== undefined && (
        <ButtonLink small look="quiet" href={`/conversation?id=${conversationId}`}>
          Open the conversation
        </ButtonLink>
      )}
    </>
  );
}
