import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { CallerContexts } from './caller-context.js';
import { Database } from './database.js';
import { Health } from './health.js';
import { LOG } from './log.js';
import { RpcTelemetry } from './telemetry/rpc-telemetry.js';
import { Tracing } from './telemetry/tracing.js';

export interface KitProviders {
  log: Logger;
  registry: Registry;
  health: Health;
  contexts: CallerContexts;
  tracing: Tracing;
  rpcTelemetry: RpcTelemetry;
  database: Database | undefined;
}

/** What every service can inject: LOG, Registry, Health, CallerContexts, Tracing, RpcTelemetry and, where it has a schema, Database. */
@Module({})
export class KitModule {
  static with(kit: KitProviders): DynamicModule {
    const providers = [
      { provide: LOG, useValue: kit.log },
      { provide: Registry, useValue: kit.registry },
      { provide: Health, useValue: kit.health },
      { provide: CallerContexts, useValue: kit.contexts },
      { provide: Tracing, useValue: kit.tracing },
      { provide: RpcTelemetry, useValue: kit.rpcTelemetry },
      ...(kit.database ? [{ provide: Database, useValue: kit.database }] : []),
    ];
    return { module: KitModule, global: true, providers, exports: providers.map((provider) => provider.provide) };
  }
}
