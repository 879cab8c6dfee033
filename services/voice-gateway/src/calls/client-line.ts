/**
 * A call's line to its client, whichever socket carries it at the moment. While the client is away, what it must know waits in order,
 * bounded; a client that stays away is given up. What was sent before may not have come through: the ends of the latest turns, which say
 * all that their deltas said, are told again to a client that comes back.
 */
import { randomBytes } from 'node:crypto';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { CLOSE_CODES } from '@orbisvoice/client/protocol/constants';
import type { ErrorKind } from '@orbisvoice/service-kit/errors';
import type { CallProgress } from './handover/call-store.js';

/** What a line needs of a socket. */
export interface ClientLink {
  send(message: GatewayMessage): void;
  /** A frame of agent-frame.ts. False when the client reads too slowly and it was dropped. */
  sendAudio(frame: Buffer): boolean;
  /** Sends a heartbeat and, if it is not negative, an acknowledgement, in one write. */
  heartbeat(ackSequence: number): void;
  close(code: number, reason: string): void;
}

export interface ClientLineOptions {
  /** How long a client may be away. */
  graceMs: number;
  onGivenUp(): void;
}

const MAX_QUEUED_MESSAGES = 500;
/** Some 5 s of the agent's audio. */
const MAX_QUEUED_AUDIO_BYTES = 240_000;
const TICKET_BYTES = 32;
/** `transcript.final` and `turn.finished` of so many turns. */
const MAX_ENDS = 8;

export class ClientLine {
  private link: ClientLink | undefined;
  private graceTimer: NodeJS.Timeout | undefined;
  private messages: GatewayMessage[] = [];
  private audio: Buffer[] = [];
  private audioBytes = 0;
  private toldSlow = false;
  private ends: GatewayMessage[] = [];
  /** The newest ticket and, until the client has shown that it got that one, the one before. */
  private tickets: string[] = [];

  constructor(
    link: ClientLink | undefined,
    private readonly options: ClientLineOptions,
  ) {
    this.link = link;
  }

  /** As far as is known. */
  get isHere(): boolean {
    return this.link !== undefined;
  }

  /** For the holder to come. */
  snapshot(): Pick<CallProgress, 'tickets' | 'turnEnds'> {
    return { tickets: this.tickets, turnEnds: this.ends };
  }

  restore({ tickets, turnEnds }: Pick<CallProgress, 'tickets' | 'turnEnds'>): void {
    this.tickets = tickets;
    this.ends = turnEnds;
  }

  newTicket(): string {
    const ticket = randomBytes(TICKET_BYTES).toString('base64url');
    this.tickets = [ticket, ...this.tickets].slice(0, 2);
    return ticket;
  }

  /** The client has sent something after `call.started`: the older ticket is spent. */
  ticketSeen(): void {
    if (this.tickets.length > 1) this.tickets.length = 1;
  }

  accepts(ticket: string): boolean {
    return this.tickets.includes(ticket);
  }

  send(message: GatewayMessage): void {
    if (message.type === 'transcript.final' || message.type === 'turn.finished')
      this.ends = [...this.ends, message].slice(-MAX_ENDS);
    if (this.link) this.link.send(message);
    else if (this.messages.length < MAX_QUEUED_MESSAGES) this.messages.push(message);
  }

  tellError(
    kind: ErrorKind,
    message: string,
    { retryable = false, ...more }: { retryable?: boolean; field?: string; id?: string } = {},
  ): void {
    this.send({ type: 'error', kind, message, retryable, ...more });
  }

  /** Once is enough. */
  tellSlow(): void {
    if (!this.toldSlow) this.tellError('resource_exhausted', 'You read too slowly: audio is being dropped.');
    this.toldSlow = true;
  }

  /** False when the frame was dropped. */
  sendAudio(frame: Buffer): boolean {
    if (this.link) return this.link.sendAudio(frame);
    if (this.audioBytes + frame.length > MAX_QUEUED_AUDIO_BYTES) return false;
    this.audio.push(Buffer.from(frame)); // it is ours for this call only
    this.audioBytes += frame.length;
    return true;
  }

  /** The agent was interrupted: what waits to be heard is not to be heard any more. */
  dropAudio(): void {
    this.audio = [];
    this.audioBytes = 0;
  }

  heartbeat(ackSequence: number): void {
    this.link?.heartbeat(ackSequence);
  }

  /** The client is here again, on a new socket. An older one that still hangs on is let go. */
  attach(link: ClientLink, started: GatewayMessage): void {
    clearTimeout(this.graceTimer);
    this.link?.close(CLOSE_CODES.conflict, 'the call goes on over another connection');
    this.link = link;
    const { messages, audio } = this;
    this.messages = [];
    this.dropAudio();
    const repeated = this.ends.filter((end) => !messages.includes(end));
    for (const message of [started, ...repeated, ...messages]) link.send(message);
    for (const frame of audio) link.sendAudio(frame);
  }

  /** That socket is gone. Nothing happens when the line has moved to another one. */
  detach(link: ClientLink): void {
    if (this.link !== link) return;
    this.link = undefined;
    this.graceTimer = setTimeout(() => this.options.onGivenUp(), this.options.graceMs);
  }

  close(code: number, reason: string): void {
    clearTimeout(this.graceTimer);
    this.link?.close(code, reason);
    this.link = undefined;
  }
}
