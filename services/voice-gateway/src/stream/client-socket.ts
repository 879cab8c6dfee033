/** A client's WebSocket as the link that a call talks through. */
import type { Socket } from 'node:net';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { WebSocket } from 'ws';
import type { ClientLink } from '../calls/client-line.js';

/** About 20 s of audio: a client that is further behind than that loses audio instead of growing our memory. */
const MAX_UNSENT_AUDIO_BYTES = 1024 * 1024;
/** Control messages are small; a client that lets even these pile up has stopped reading. */
const MAX_UNSENT_BYTES = 2 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;
const PING = JSON.stringify({ type: 'ping' } satisfies GatewayMessage);

export class ClientSocket implements ClientLink {
  constructor(private readonly socket: WebSocket) {}

  send(message: GatewayMessage): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_UNSENT_BYTES) this.socket.terminate();
    else this.socket.send(JSON.stringify(message));
  }

  sendAudio(frame: Buffer): boolean {
    if (this.socket.bufferedAmount > MAX_UNSENT_AUDIO_BYTES) return false;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(frame);
    return true;
  }

  heartbeat(ackSequence: number): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const raw = (this.socket as unknown as { _socket: Socket })._socket;
    raw.cork();
    this.socket.send(PING);
    if (ackSequence >= 0) this.send({ type: 'audio.ack', sequence: ackSequence });
    raw.uncork();
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason.slice(0, 100));
    setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }
}
