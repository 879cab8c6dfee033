import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { transcriptsConfig, type TranscriptsConfig } from './config.js';
import { transcriptsDatabase } from './database.js';

/** `eventBus`: one that other services of this process share. It stays open when the service stops. */
export function createTranscriptsService(options: { eventBus?: EventBus } = {}): ServiceDefinition<TranscriptsConfig> {
  return {
    name: 'transcripts',
    config: transcriptsConfig,
    module: (config) => AppModule.with(config, options.eventBus),
    grpc: {
      definitions: { 'orbisvoice.transcripts.v1.TranscriptsService': TranscriptsServiceService },
      bind: (config) => config.grpc,
    },
    database: { ...transcriptsDatabase, bind: (config) => config.database },
  };
}

export const transcriptsService = createTranscriptsService();
