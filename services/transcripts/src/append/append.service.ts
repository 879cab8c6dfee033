import { Injectable } from '@nestjs/common';
import { organizationOf, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { DomainError, notFound } from '@orbisvoice/service-kit/errors';
import type { EntityManager } from 'typeorm';
import type { ConversationEntity } from '../conversations/conversation.entity.js';
import { TranscriptsEvents } from '../events.js';
import { OutboxRepository } from '../outbox/outbox.repository.js';
import { RelayRunner } from '../outbox/relay-runner.js';
import { AppendRepository, type ConversationKey } from './append.repository.js';
import { GATEWAY_LOST, type AppendRequest, type RecordedEvent } from './append.requests.js';
import { lostMeanwhile, newEvents, notStarted } from './append.rules.js';
import { lockAsHolder } from './lock-as-holder.js';

/** `refusal` is returned, not thrown, where the transaction must commit: the fence stays although no event does. */
type Outcome = { committedSequence: number; stored: RecordedEvent[] } | { refusal: DomainError };

@Injectable()
export class AppendService {
  constructor(
    private readonly database: Database,
    private readonly repository: AppendRepository,
    private readonly outbox: OutboxRepository,
    private readonly relay: RelayRunner,
    private readonly events: TranscriptsEvents,
  ) {}

  /**
   * Open to every caller of the organization: a call writes its own transcript, which nobody can read without the role
   * member. Stores what is new and returns the highest sequence number below which, itself included, everything is stored.
   * @throws DomainError `failed_precondition` when an event does not fit, or on `fence` when its sender has been replaced;
   * `not_found` when the id is not this organization's
   */
  async append(caller: Caller, request: AppendRequest): Promise<number> {
    const key = { organizationId: organizationOf(caller), id: request.conversationId };
    const outcome = await this.database.withTenant(key.organizationId, (tx) => this.store(tx, key, request));
    if ('refusal' in outcome) throw outcome.refusal;
    const { committedSequence, stored } = outcome;
    if (stored.length > 0) this.relay.wake();
    this.events.eventsWritten(key, stored, request.events.length - stored.length);
    return committedSequence;
  }

  private async store(tx: EntityManager, key: ConversationKey, request: AppendRequest): Promise<Outcome> {
    const { events: sent } = request;
    const { conversation, created } = await this.open(tx, key, request);
    if (conversation.endReason === GATEWAY_LOST) return { refusal: lostMeanwhile() };
    const sequences = sent.map((event) => event.sequence);
    const turns = await this.repository.storedTurns(tx, key, sequences);
    const known = new Set(turns.known);
    if (!created) known.add(1);
    if (conversation.endedSequence !== null) known.add(conversation.endedSequence);
    const state = { known, lastSequence: Math.max(1, turns.last), endedSequence: conversation.endedSequence };
    const stored = refusalOr(() => newEvents(state, sent));
    if (stored instanceof DomainError) {
      if (created) throw stored;
      return { refusal: stored };
    }
    if (stored.length === 0) return { committedSequence: conversation.committedSequence, stored };
    await this.repository.insertTurns(
      tx,
      key,
      stored.filter((event) => event.kind === 'turn'),
    );
    await this.outbox.add(tx, key, stored);
    const changes = aggregates(conversation, stored);
    const lastStored = Math.max(turns.last, conversation.endedSequence ?? 0);
    const committedSequence =
      lastStored > conversation.committedSequence
        ? await this.committedPastGap(tx, key, { ...conversation, ...changes })
        : endOfRun(conversation.committedSequence, stored);
    await this.repository.updateConversation(tx, key, { ...changes, committedSequence });
    return { committedSequence, stored };
  }

  /** The conversation's row, locked and held by who sent this; a new one when the request starts it. */
  private async open(tx: EntityManager, key: ConversationKey, request: AppendRequest) {
    const { events, fence } = request;
    const started = events.find((event) => event.kind === 'conversation.started');
    const created = started !== undefined && (await this.repository.insertConversation(tx, key, started, request));
    const conversation = await lockAsHolder(this.repository, tx, key, fence);
    // Another organization's conversation and none at all look the same, except to who tries to start one of that id.
    if (!conversation) throw started ? notFound('conversation', key.id) : notStarted();
    return { conversation, created };
  }

  /** There were events behind a gap, which these may have closed. */
  private async committedPastGap(tx: EntityManager, key: ConversationKey, conversation: ConversationEntity) {
    const lastTurn = await this.repository.endOfRun(tx, key, conversation.committedSequence);
    return conversation.endedSequence === lastTurn + 1 ? lastTurn + 1 : lastTurn;
  }
}

/** A domain error as a value, so that throwing it does not roll the transaction back. */
function refusalOr<Result>(work: () => Result): Result | DomainError {
  try {
    return work();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** The last of `events`, which are in order, that follows `sequence` without a gap. */
function endOfRun(sequence: number, events: RecordedEvent[]): number {
  let last = sequence;
  for (const event of events) if (event.sequence === last + 1) last += 1;
  return last;
}

/** The conversation's own columns after these events. */
function aggregates(conversation: ConversationEntity, stored: RecordedEvent[]): Partial<ConversationEntity> {
  const { turnCount, promptTokens, responseTokens, totalTokens, turnBytes } = conversation;
  const sums = { turnCount, promptTokens, responseTokens, totalTokens, turnBytes };
  const changes: Partial<ConversationEntity> = { updatedAt: new Date() };
  for (const event of stored) {
    if (event.kind === 'turn') {
      sums.turnCount += 1;
      sums.promptTokens += event.data.usage?.promptTokens ?? 0;
      sums.responseTokens += event.data.usage?.responseTokens ?? 0;
      sums.totalTokens += event.data.usage?.totalTokens ?? 0;
      sums.turnBytes += event.bytes;
    } else if (event.kind === 'conversation.ended') {
      changes.endedAt = event.occurredAt;
      changes.endedSequence = event.sequence;
      changes.endReason = event.data.reason;
      changes.endDetail = event.data.detail;
    }
  }
  return { ...sums, ...changes };
}
