/** A client's WebSocket as the link that a call talks through. */
import type { Socket } from 'node:net';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { WebSocket } from 'ws';
import { contentOf, writeAgentFrame } from '../provider/agent-frame.js';
import type { ClientLink } from '../calls/client-line.js';

/** About 20 s of audio: a client that is further behind than that loses audio instead of growing our memory. */
const MAX_UNSENT_AUDIO_BYTES = 1024 * 1024;
/** Control messages are small; a client that lets even these pile up has stopped reading. */
const MAX_UNSENT_BYTES = 2 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 2_000;
const PING = JSON.stringify({ type: 'ping' } satisfies GatewayMessage);

/** What the library closes a connection with, by its error; 1002 for all others. */
const CODES_OF_VIOLATIONS: Record<string, number> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
};
const PROTOCOL_ERROR = 1002;
const ABNORMAL = 1006;

export class ClientSocket implements ClientLink {
  private ownCode: number | undefined;

  constructor(private readonly socket: WebSocket) {}

  /** The code with which this side has ended the connection; undefined when it did not, or the client was first. */
  get closedWith(): number | undefined {
    return this.ownCode;
  }

  send(message: GatewayMessage): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_UNSENT_BYTES) this.cut();
    else this.socket.send(JSON.stringify(message));
  }

  sendAudio(frame: Buffer): boolean {
    if (this.socket.bufferedAmount > MAX_UNSENT_AUDIO_BYTES) return false;
    if (this.socket.readyState !== WebSocket.OPEN) return true;
    // Past the library, which would write header and content one by one: writing is the most expensive thing that a relay does.
    if (!writeAgentFrame(frame, this.raw)) this.socket.send(Buffer.from(contentOf(frame)));
    return true;
  }

  heartbeat(ackSequence: number): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const { raw } = this;
    raw.cork();
    this.socket.send(PING);
    if (ackSequence >= 0) this.send({ type: 'audio.ack', sequence: ackSequence });
    raw.uncork();
  }

  /** Without compression the library queues nothing of its own, so that what is written here keeps its place. */
  private get raw(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket;
  }

  close(code: number, reason: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.ownCode = code;
    this.socket.close(code, reason.slice(0, 100));
    setTimeout(() => this.socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  /** A protocol violation. ws has sent the reason; cut now, the line would be gone before a client that is still sending reads it. */
  violated(error: Error): void {
    this.ownCode ??= CODES_OF_VIOLATIONS[(error as { code?: string }).code ?? ''] ?? PROTOCOL_ERROR;
    this.close(PROTOCOL_ERROR, 'protocol error');
  }

  /** Without a goodbye, which would not get through. */
  cut(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.ownCode = ABNORMAL;
    this.socket.terminate();
  }
}
