/** The last that a client is told of its call. */
import type { CallEndReason } from '@orbisvoice/client/protocol/messages';
import { CLOSE_CODES } from '@orbisvoice/client/protocol/constants';
import type { ProviderFailure } from '../provider/provider.js';
import type { ClientLine } from './client-line.js';

const PROVIDER_FAILED: Record<ProviderFailure['kind'], string> = {
  refused: 'The model provider refused the session.',
  timeout: 'The model provider did not answer.',
  lost: 'The connection to the model provider was lost.',
};
const PROVIDER_UNREACHABLE = 'The model provider can not be reached at the moment.';

export interface Farewell {
  reason: CallEndReason;
  detail: string;
  /** False: the call never began, and has no end. Its client is told the error, and sees the close code. */
  started: boolean;
  failureKind: ProviderFailure['kind'];
}

export function sayFarewell(client: ClientLine, { reason, detail, started, failureKind }: Farewell): void {
  if (reason === 'provider_failed') {
    const message = !started && failureKind === 'lost' ? PROVIDER_UNREACHABLE : PROVIDER_FAILED[failureKind];
    client.send({ type: 'error', kind: 'unavailable', message, retryable: failureKind !== 'refused' });
  }
  const isTold = detail !== '' && reason !== 'provider_failed';
  if (started) client.send({ type: 'call.ended', reason, ...(isTold ? { detail } : {}) });
  client.close(started ? 1000 : CLOSE_CODES.unavailable, reason);
}
