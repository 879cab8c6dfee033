import { Module, type DynamicModule } from '@nestjs/common';
import { EVENT_BUS, type EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import { createEventBus } from '@orbisvoice/service-kit/event-bus/event-bus-config';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { AppendRepository } from './append/append.repository.js';
import { AppendService } from './append/append.service.js';
import { ClaimService } from './append/claim.service.js';
import type { TranscriptsConfig } from './config.js';
import { ConversationsController } from './conversations/conversations.controller.js';
import { ConversationsRepository } from './conversations/conversations.repository.js';
import { ConversationsService } from './conversations/conversations.service.js';
import { TranscriptsEvents } from './events.js';
import { LEASES, LeasesRepository } from './leases/leases.repository.js';
import { LeasesService } from './leases/leases.service.js';
import { LostConversations } from './leases/lost-conversations.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { OutboxRepository } from './outbox/outbox.repository.js';
import { RelayRunner } from './outbox/relay-runner.js';

export interface TranscriptsOptions {
  /** One that other services of this process share. It stays open when the service stops. */
  eventBus?: EventBus;
  /** Conversations are held in this process only: what was open before it started is nobody's. */
  onlyHolder?: boolean;
}

@Module({})
export class AppModule {
  static with(config: TranscriptsConfig, options: TranscriptsOptions): DynamicModule {
    const { eventBus: sharedBus } = options;
    const openBus = (log: Logger): EventBus => {
      if (!config.eventBus.nats) log.warn('NATS_URL is not set: events reach subscribers in this process only');
      return createEventBus(config.eventBus, { clientName: 'transcripts', log, stream: config.stream });
    };
    return {
      module: AppModule,
      controllers: [ConversationsController],
      providers: [
        { provide: EVENT_BUS, inject: [LOG], useFactory: (log: Logger) => sharedBus ?? openBus(log) },
        { provide: RelayRunner.OWNS_BUS, useValue: sharedBus === undefined },
        TranscriptsEvents,
        AppendRepository,
        AppendService,
        ClaimService,
        ConversationsRepository,
        ConversationsService,
        LeasesRepository,
        LeasesService,
        LostConversations,
        { provide: LEASES, useValue: { leaseMs: config.holderLeaseMs, onlyHolder: options.onlyHolder ?? false } },
        OutboxRepository,
        OutboxRelay,
        RelayRunner,
      ],
    };
  }
}
