/** The OpenAPI document without a running service, for docs/openapi.json. */
import { Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { Health } from '@orbisvoice/service-kit/health';
import { createHttpApp } from '@orbisvoice/service-kit/http-app';
import { KitModule, type KitProviders } from '@orbisvoice/service-kit/kit.module';
import { createLog, nestLogger } from '@orbisvoice/service-kit/log';
import { RpcTelemetry } from '@orbisvoice/service-kit/telemetry/rpc-telemetry';
import { Tracing } from '@orbisvoice/service-kit/telemetry/tracing';
import { AppModule } from '../app.module.js';
import { config } from '../config.js';
import { createDocument } from './document.js';

const SECRET = 'nothing is signed with this while a document is made';

@Module({})
class OfflineModule {}

/** Nothing listens and nothing is called: gRPC clients connect on their first RPC. */
export async function createOfflineDocument(): Promise<object> {
  const log = createLog({ service: 'api', level: 'silent' });
  const registry = new Registry();
  const tracing = Tracing.off();
  const kit: KitProviders = {
    log,
    registry,
    tracing,
    rpcTelemetry: new RpcTelemetry(registry, 'orbisvoice_api', tracing),
    health: new Health(),
    contexts: new CallerContexts(SECRET),
    database: undefined,
  };
  const root = {
    module: OfflineModule,
    imports: [KitModule.with(kit), AppModule.with(config.load({ INTERNAL_AUTH_SECRET: SECRET }))],
  };
  const options = { kit, logger: nestLogger(log), bodyLimitBytes: 1, trustedProxies: [], stopTimeoutMs: 0 };
  const app = await createHttpApp(root, options);
  try {
    return createDocument(app, undefined);
  } finally {
    await app.close();
  }
}
