/** What a client says beside audio: turned into events of the call, or refused with what is wrong. */
import type { CallEndReason, ClientMessage } from '@orbisvoice/client/protocol/messages';
import type { GatewayEvents } from '../events.js';
import type { CallOccurrence, CallState } from './call-state.js';
import type { ClientLine } from './client-line.js';
import { WrittenTexts } from './written-texts.js';

/** After that many bad frames or messages the client is taken for broken. */
const MAX_CLIENT_ERRORS = 50;

interface InputOfCall {
  state(): CallState;
  dispatch(occurrence: CallOccurrence): void;
  end(reason: CallEndReason, detail?: string): void;
}

export class ClientInput {
  private readonly texts = new WrittenTexts(performance.now());
  private errors = 0;

  constructor(
    private readonly client: ClientLine,
    private readonly events: GatewayEvents,
    private readonly call: InputOfCall,
  ) {}

  /** A control message, validated. */
  receive(message: ClientMessage): void {
    switch (message.type) {
      case 'input.text':
        return this.receiveText(message.text, message.id);
      case 'playback.position':
        return this.call.dispatch({ type: 'client.playback', turn: message.turn, playedMs: message.playedMs });
      case 'call.end':
        return this.call.end('client_ended');
      case 'tool.result':
        return this.reportError('toolCallId', 'There is no client tool call with this id.');
      case 'call.start':
        return this.reportError('type', 'The call has started already.');
      default:
        message satisfies never;
    }
  }

  /** Something about the client's input is wrong. The call goes on, but not for ever. */
  reportError(field: string, sentence: string): void {
    this.errors += 1;
    this.client.tellError('invalid_argument', sentence, { field });
    if (this.errors >= MAX_CLIENT_ERRORS)
      this.call.end('client_ended', `the client sent ${MAX_CLIENT_ERRORS} messages that are not valid`);
  }

  private receiveText(text: string, id: string | undefined): void {
    const { heldTexts, textIds } = this.call.state();
    const isKnown = id !== undefined && textIds.includes(id);
    const refusal = isKnown ? undefined : this.texts.refusal(text, heldTexts.length, performance.now());
    if (refusal === undefined) return this.call.dispatch({ type: 'client.text', text, id });
    this.events.clientMessageRefused('text');
    this.client.tellError('resource_exhausted', refusal, { field: 'text', retryable: true, ...(id && { id }) });
  }
}
