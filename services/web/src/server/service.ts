import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { AppModule } from './app.module.js';
import { securityHeaders } from './security-headers.js';
import { webConfig, type WebConfig } from './config.js';

/** The console: exported pages, `/config.json` and `/health` (S0-51). */
export const webService: ServiceDefinition<WebConfig> = {
  name: 'web',
  config: webConfig,
  module: (config) => AppModule.with(config),
  http: {
    bind: (config) => config.http,
    headers: (config) => securityHeaders(config.https),
    configure: registerFiles,
  },
};

/** `reply.sendFile` with ETag, ranges and the .br and .gz files that the build made. Routes are the controller's. */
async function registerFiles(app: NestFastifyApplication, config: WebConfig): Promise<void> {
  await app.register(fastifyStatic, { root: config.exportFolder, serve: false, preCompressed: true });
}
