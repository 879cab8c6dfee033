import { TranscriptsServiceService } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule, type TranscriptsOptions } from './app.module.js';
import { transcriptsConfig, type TranscriptsConfig } from './config.js';
import { transcriptsDatabase } from './database.js';

export function createTranscriptsService(options: TranscriptsOptions = {}): ServiceDefinition<TranscriptsConfig> {
  return {
    name: 'transcripts',
    config: transcriptsConfig,
    module: (config) => AppModule.with(config, options),
    grpc: {
      definitions: { 'orbisvoice.transcripts.v1.TranscriptsService': TranscriptsServiceService },
      bind: (config) => config.grpc,
    },
    database: { ...transcriptsDatabase, bind: (config) => config.database },
  };
}

export const transcriptsService = createTranscriptsService();
