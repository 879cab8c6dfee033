import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { config, type ApiConfig } from './config.js';
import { configureDoor } from './http/door.js';

/** REST on port 3000: authenticates, limits, translates to gRPC. Owns no data. */
export const apiService: ServiceDefinition<ApiConfig> = {
  name: 'api',
  config,
  module: (loaded) => AppModule.with(loaded),
  http: {
    bind: (loaded) => loaded.http,
    trustedProxies: (loaded) => loaded.trustedProxies,
    configure: configureDoor,
  },
};
