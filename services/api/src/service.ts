import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { config, type ApiConfig } from './config.js';
import { PUBLIC_DEFINITIONS } from './grpc/public-definitions.js';
import { PublicServices } from './grpc/public-services.js';
import { configureDoor } from './http/door.js';
import { securityHeaders } from './http/security-headers.js';

/** REST on port 3000 and public gRPC on port 50050: authenticates, limits, hands on to the services. Owns no data. */
export const apiService: ServiceDefinition<ApiConfig> = {
  name: 'api',
  config,
  module: (loaded) => AppModule.with(loaded),
  grpc: {
    definitions: PUBLIC_DEFINITIONS,
    bind: (loaded) => loaded.grpc,
    public: { implement: (app) => app.get(PublicServices).handlers() },
  },
  http: {
    bind: (loaded) => loaded.http,
    trustedProxies: (loaded) => loaded.trustedProxies,
    headers: (loaded) => securityHeaders(loaded.publicUrl?.startsWith('https:') === true),
    configure: configureDoor,
  },
};
