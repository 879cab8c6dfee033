/**
 * The way of a call's events to `transcripts`: numbered here, sent in order, kept until they are committed, sent again after a
 * failure. AppendEvents is idempotent, so sending twice stores once.
 *
 * A journal that goes on for another gateway claims the conversation first: that one may have stored more than it could hand over, as
 * when the store was away. Its numbers are taken then, and some of what this one has to say may be stored already.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import {
  ConversationEvent,
  type ClaimConversationResponse,
  type HeldConversation,
  type Turn,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { DomainError, toDomainError } from '@orbisvoice/service-kit/errors';
import { fromTimestamp, toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { MAX_RECORD_BYTES, MAX_RECORD_EVENTS } from './record-limit.js';

export type EventKind = NonNullable<ConversationEvent['kind']>;

export interface JournalOptions {
  /** Whose journal it is, and the number of its holder. */
  readonly held: HeldConversation;
  /** Resolves once the events are committed. */
  append(events: ConversationEvent[]): Promise<void>;
  /** Makes this journal's gateway the conversation's holder, and tells what is stored after that number. */
  claim(afterSequence: number): Promise<ClaimConversationResponse>;
  /** Some more events are committed. */
  onCommitted(): void;
  onFailure(error: DomainError): void;
  onLost(count: number, error: DomainError): void;
}

/** A turn may take 2 MB of a request's 4. */
const MAX_BATCH_BYTES = 2_000_000;
const MAX_BATCH = 100;
/** Some hours of talk. Beyond that the oldest are given up, and counted. */
const MAX_PENDING = 5_000;
const MIN_RETRY_MS = 200;
/** With what a connection takes to come back, short enough that all is normal within 10 s of the return of `transcripts`. */
const MAX_RETRY_MS = 2_000;

/** What another gateway goes on with. Events are protobuf in base64. */
export interface JournalSnapshot {
  lastSequence: number;
  pending: string[];
  /** Events after this one have numbers that are not agreed with `transcripts` yet. Absent: all are. */
  agreedSequence?: number;
  /** Keys of events that a former holder has stored and did not hand over. */
  storedBefore?: string[];
  /** Size of all events so far. Absent: of a release that did not count it. */
  recordedBytes?: number;
}

export class Journal {
  private pending: ConversationEvent[] = [];
  private lastSequence = 0;
  private recordedBytes = 0;
  private sending: Promise<void> | undefined;
  /** How many of the next events go in a request of their own. */
  private oneByOne = 0;
  private agreedSequence: number | undefined;
  private storedBefore = new Set<string>();
  private readonly abandoned = new AbortController();
  /** The traces that events belong to. */
  private readonly traces = new WeakMap<ConversationEvent, Context>();
  /** Bytes that events take in a request. */
  private readonly sizes = new WeakMap<ConversationEvent, number>();

  constructor(private readonly options: JournalOptions) {}

  snapshot(): JournalSnapshot {
    const pending = this.pending.map((event) =>
      Buffer.from(ConversationEvent.encode(event).finish()).toString('base64'),
    );
    return {
      lastSequence: this.lastSequence,
      recordedBytes: this.recordedBytes,
      pending,
      ...(this.agreedSequence === undefined ? {} : { agreedSequence: this.agreedSequence }),
      ...(this.storedBefore.size === 0 ? {} : { storedBefore: [...this.storedBefore] }),
    };
  }

  /** Goes on where another gateway's journal stopped. */
  restore(snapshot: JournalSnapshot): void {
    this.lastSequence = snapshot.lastSequence;
    this.recordedBytes = snapshot.recordedBytes ?? 0;
    this.pending = snapshot.pending.map((event) => ConversationEvent.decode(Buffer.from(event, 'base64')));
    for (const event of this.pending) this.measure(event);
    this.agreedSequence = snapshot.agreedSequence ?? snapshot.lastSequence;
    this.storedBefore = new Set(snapshot.storedBefore);
    this.sending ??= this.send();
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  /** The call has to end: what it has left to say still has a place. */
  get isFull(): boolean {
    return this.recordedBytes >= MAX_RECORD_BYTES || this.lastSequence >= MAX_RECORD_EVENTS;
  }

  record(kind: EventKind, at: Date): void {
    if (this.storedBefore.has(keyOf(kind))) return;
    const event = { sequence: this.lastSequence + 1, occurredAt: toTimestamp(at), kind };
    this.recordedBytes += this.measure(event);
    this.lastSequence = event.sequence;
    this.pending.push(event);
    if (context.active() !== ROOT_CONTEXT) this.traces.set(event, context.active());
    if (this.pending.length > MAX_PENDING) {
      this.pending.shift();
      this.options.onLost(1, new DomainError('resource_exhausted', 'Too many events wait to be stored.'));
    }
    this.sending ??= this.send();
  }

  get held(): HeldConversation {
    return this.options.held;
  }

  /** The conversation was ended for its holder, which was silent too long: it is claimed again before anything else is sent. */
  claimAgain(): void {
    this.agreedSequence ??= (this.pending[0]?.sequence ?? this.lastSequence + 1) - 1;
    this.sending ??= this.send();
  }

  /** Resolves once everything is committed, or with false after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (!this.sending) return true;
    const timer = new AbortController();
    const timedOut = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
    const done = this.sending.then(() => this.pending.length === 0);
    const result = await Promise.race([done, timedOut]);
    timer.abort();
    return result;
  }

  /** Stops trying. What is not committed by now is lost. */
  abandon(): void {
    this.abandoned.abort();
  }

  /** As part of the trace of the newest of the events. */
  private append(batch: ConversationEvent[]): Promise<void> {
    return context.with(this.traces.get(batch.at(-1)!) ?? ROOT_CONTEXT, () => this.options.append(batch));
  }

  private measure(event: ConversationEvent): number {
    const bytes = ConversationEvent.encode(event).finish().length;
    this.sizes.set(event, bytes);
    return bytes;
  }

  private nextBatch(): ConversationEvent[] {
    if (this.oneByOne > 0) return this.pending.slice(0, 1);
    let bytes = 0;
    const fitting = this.pending.findIndex((event) => (bytes += this.sizes.get(event)!) > MAX_BATCH_BYTES);
    return this.pending.slice(0, Math.min(MAX_BATCH, fitting < 0 ? MAX_BATCH : Math.max(1, fitting)));
  }

  private async send(): Promise<void> {
    let retryMs = MIN_RETRY_MS;
    while (this.hasWork && !this.abandoned.signal.aborted) {
      const error = await (this.agreedSequence === undefined ? this.sendBatch() : this.claim(this.agreedSequence));
      if (!error) {
        retryMs = MIN_RETRY_MS;
        continue;
      }
      this.options.onFailure(error);
      await sleep(retryMs, undefined, { signal: this.abandoned.signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    }
    this.sending = undefined;
  }

  private get hasWork(): boolean {
    return this.pending.length > 0 || this.agreedSequence !== undefined;
  }

  /** Resolves with the error after which it is worth trying again. */
  private async sendBatch(): Promise<DomainError | undefined> {
    const batch = this.nextBatch();
    const error = await this.append(batch).then(() => undefined, toDomainError);
    if (error && !isFinal(error)) return error;
    if (error && isLostMeanwhile(error)) this.claimAgain();
    else if (error) this.refused(batch, error);
    else {
      this.settle(batch);
      this.options.onCommitted();
    }
    return undefined;
  }

  /** As `sendBatch`. Afterwards no event has a number that another one is stored with. */
  private async claim(agreed: number): Promise<DomainError | undefined> {
    try {
      const { lastSequence, turns, ended } = await this.options.claim(agreed);
      for (const turn of turns) this.storedBefore.add(turnKey(turn));
      if (ended) this.storedBefore.add(END_KEY);
      if (lastSequence > 0) this.storedBefore.add(STARTED_KEY);
      const handedOver = this.pending.filter(({ sequence }) => sequence <= agreed);
      const own = this.pending.filter(({ sequence, kind }) => sequence > agreed && !this.storedBefore.has(keyOf(kind)));
      this.lastSequence = Math.max(agreed, lastSequence);
      for (const event of own) {
        event.sequence = ++this.lastSequence;
        this.measure(event);
      }
      this.pending = [...handedOver, ...own];
    } catch (thrown) {
      const error = toDomainError(thrown);
      if (!isFinal(error)) return error;
      this.options.onFailure(error);
      this.options.onLost(this.pending.length, error);
      this.pending = [];
    }
    this.agreedSequence = undefined;
    this.options.onCommitted();
    return undefined;
  }

  /** One event that can't be stored must not cost those that came with it. */
  private refused(batch: ConversationEvent[], error: DomainError): void {
    this.options.onFailure(error);
    if (batch.length > 1) {
      this.oneByOne = batch.length;
      return;
    }
    this.options.onLost(1, error);
    this.settle(batch);
  }

  private settle(batch: ConversationEvent[]): void {
    this.oneByOne = Math.max(0, this.oneByOne - batch.length);
    this.pending = this.pending.filter((event) => !batch.includes(event));
  }
}

const END_KEY = 'ended';
const STARTED_KEY = 'started';

/** The same event has the same key, whoever recorded it and under whatever number. */
function keyOf(kind: ConversationEvent['kind']): string {
  return kind?.$case === 'turn' ? turnKey(kind.value) : kind?.$case === 'ended' ? END_KEY : STARTED_KEY;
}

function turnKey({ role, startedAt }: Pick<Turn, 'role' | 'startedAt'>): string {
  return `${role}@${startedAt ? fromTimestamp(startedAt).getTime() : ''}`;
}

/** `transcripts` took this holder for lost and ended the conversation. */
function isLostMeanwhile({ kind, violations }: DomainError): boolean {
  return kind === 'failed_precondition' && violations[0]?.field === 'conversation_id';
}

/** `transcripts` will never take these events, however often they are sent. */
function isFinal(error: DomainError): boolean {
  return error.kind === 'invalid_argument' || error.kind === 'failed_precondition' || error.kind === 'not_found';
}
