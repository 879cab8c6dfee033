/** What happens to transcripts: one method per business event, counter and log line together. Ids and kinds, never text. */
import { Inject, Injectable } from '@nestjs/common';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ConversationKey } from './append/append.repository.js';
import { END_REASONS, GATEWAY_LOST, type RecordedEvent } from './append/append.requests.js';
import { CHANNELS } from './append/proto-names.js';

export type WriteResult = 'stored' | 'duplicate' | 'rejected' | 'failed';

interface Backlog {
  pending: number;
  oldestSeconds: number;
}

/** One reading serves all gauges of a scrape. */
const BACKLOG_MAX_AGE_MS = 500;

@Injectable()
export class TranscriptsEvents {
  private readonly writes: Counter<'result'>;
  private readonly started: Counter<'channel'>;
  private readonly ended: Counter<'reason'>;
  private readonly published: Counter;
  private readonly failures: Counter;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly registry: Registry,
  ) {
    this.writes = new Counter({
      name: 'orbisvoice_transcripts_writes_total',
      help: 'Conversation events sent to be stored, by result',
      labelNames: ['result'],
      registers: [registry],
    });
    this.started = new Counter({
      name: 'orbisvoice_transcripts_conversations_started_total',
      help: 'Conversations whose start was stored, by channel',
      labelNames: ['channel'],
      registers: [registry],
    });
    this.ended = new Counter({
      name: 'orbisvoice_transcripts_conversations_ended_total',
      help: 'Conversations whose end was stored, by reason',
      labelNames: ['reason'],
      registers: [registry],
    });
    this.published = new Counter({
      name: 'orbisvoice_transcripts_outbox_published_total',
      help: 'Events that the event bus has acknowledged',
      registers: [registry],
    });
    this.failures = new Counter({
      name: 'orbisvoice_transcripts_outbox_failures_total',
      help: 'Batches of the outbox relay that the event bus or the database broke off',
      registers: [registry],
    });
    for (const result of ['stored', 'duplicate', 'rejected', 'failed'] as const) this.writes.inc({ result }, 0);
    for (const channel of CHANNELS.values()) this.started.inc({ channel }, 0);
    for (const reason of [...END_REASONS, GATEWAY_LOST]) this.ended.inc({ reason }, 0);
  }

  eventsWritten(key: ConversationKey, stored: RecordedEvent[], duplicates: number): void {
    this.writes.inc({ result: 'stored' satisfies WriteResult }, stored.length);
    this.writes.inc({ result: 'duplicate' satisfies WriteResult }, duplicates);
    for (const event of stored) {
      if (event.kind === 'conversation.started') this.started.inc({ channel: event.data.channel });
      if (event.kind === 'conversation.ended') this.ended.inc({ reason: event.data.reason });
    }
    this.log.debug({ ...key, stored: stored.length, duplicates }, 'events stored');
  }

  /** Nobody had been heard of that holds it. */
  conversationLost(key: ConversationKey): void {
    this.ended.inc({ reason: GATEWAY_LOST });
    this.log.info({ ...key }, 'conversation ended: its holder was lost');
  }

  conversationFound(key: ConversationKey): void {
    this.log.info({ ...key }, 'conversation goes on: its holder is back');
  }

  /** Logged at the first failure in a row. */
  sweepFailed(error: unknown, failuresInARow: number): void {
    if (failuresInARow === 1) this.log.warn({ err: error }, 'lost conversations are not ended, trying again');
  }

  /** `rejected`: the caller's fault, and lost unless it changes them; `failed`: ours, and worth another try. */
  eventsNotWritten(
    result: 'rejected' | 'failed',
    count: number,
    about: { conversationId: string; reason: string },
  ): void {
    this.writes.inc({ result }, count);
    this.log.warn({ ...about, count }, `events ${result}`);
  }

  outboxRelayed(count: number): void {
    this.published.inc(count);
    if (count > 0) this.log.debug({ count }, 'events published');
  }

  /** Logged at the first failure in a row; the rest is in the counter. */
  relayFailed(error: unknown, failuresInARow: number): void {
    this.failures.inc();
    if (failuresInARow === 1) this.log.warn({ err: error }, 'events wait in the outbox, trying again');
  }

  relayRecovered(failures: number): void {
    this.log.info({ failures }, 'events leave the outbox again');
  }

  /** Registers the gauges of the outbox. A reading that fails leaves the last values. */
  watchOutbox(read: () => Promise<Backlog>): void {
    let reading: { at: number; backlog: Promise<Backlog | undefined> } | undefined;
    const latest = () => {
      if (!reading || Date.now() - reading.at > BACKLOG_MAX_AGE_MS)
        reading = { at: Date.now(), backlog: read().catch(() => undefined) };
      return reading.backlog;
    };
    const gauge = (name: string, help: string, valueOf: (backlog: Backlog) => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          const backlog = await latest();
          if (backlog) this.set(valueOf(backlog));
        },
      });
    gauge('orbisvoice_transcripts_outbox_pending', 'Events not yet on the event bus', (backlog) => backlog.pending);
    gauge(
      'orbisvoice_transcripts_outbox_oldest_seconds',
      'Age of the oldest event not yet on the event bus',
      (backlog) => backlog.oldestSeconds,
    );
  }
}
