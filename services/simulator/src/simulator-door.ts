import { readFileSync } from 'node:fs';
import { LOG } from '@orbisvoice/service-kit/log';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { SimulatorConfig } from './config.js';
import { Simulator } from './create-simulator.js';

/** Injection token of the service's configuration. */
export const CONFIG = Symbol('CONFIG');

/** Opens the TLS port and, before the doors close, gives clients time to leave and ends the sessions. */
@Injectable()
export class SimulatorDoor implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly simulator: Simulator,
    @Inject(CONFIG) private readonly config: SimulatorConfig,
    @Inject(LOG) private readonly log: Logger,
  ) {
    simulator.on('failure', (error) => this.log.error({ err: error }, 'a simulated session failed'));
  }

  async onApplicationBootstrap(): Promise<void> {
    const { tls, http } = this.config;
    if (!tls) return;
    const { certificate: files } = tls;
    const certificate = files
      ? { cert: readFileSync(files.certFile, 'utf8'), key: readFileSync(files.keyFile, 'utf8') }
      : true;
    const { port } = await this.simulator.listen({ port: tls.port, host: http.host, tls: certificate });
    this.log.info({ port }, 'listening for TLS');
  }

  async onModuleDestroy(): Promise<void> {
    await this.simulator.letLeave(this.config.stop.timeoutMs);
    await this.simulator.close();
  }
}

/** Puts the provider's addresses in front of the service's own HTTP door. */
export function attachSimulator(app: NestFastifyApplication): void {
  const simulator = app.get(Simulator);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    if (!simulator.handles(request.raw.url ?? '')) return;
    reply.hijack();
    await simulator.handleRequest(request.raw, reply.raw);
  });
  fastify.server.on('upgrade', (request, socket, head) => simulator.handleUpgrade(request, socket, head));
}
