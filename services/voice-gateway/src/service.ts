import './garbage-collection.js';
import { GatewayServiceService } from '@orbisvoice/proto/orbisvoice/gateway/v1/gateway';
import type { ServiceDefinition } from '@orbisvoice/service-kit/service';
import { MAX_MESSAGE_BYTES, VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { Admission, NO_PLACE, retryAfterS } from './admission/admission.js';
import { Newcomers } from './admission/newcomers.js';
import { AppModule } from './app.module.js';
import { FLUSH_TIMEOUT_MS } from './calls/call-registry.js';
import { configDefinition, type Config } from './config.js';
import { GatewayEvents } from './events.js';
import { CallSocketAdapter } from './stream/call-socket.adapter.js';
import { HEALTH_PATH, STREAM_PATH } from './stream/stream.gateway.js';

/** Above the limit of the protocol, so that a message which is too large gets an answer and not only a close code. */
const MAX_PAYLOAD_BYTES = 4 * MAX_MESSAGE_BYTES;
const HEALTH_BY_REFUSAL = { none: 'ok', draining: 'draining', full: 'full', overloaded: 'full' } as const;

export const voiceGatewayService: ServiceDefinition<Config> = {
  name: 'voice-gateway',
  metricsName: 'gateway',
  config: configDefinition,
  module: (config) => AppModule.with(config),
  leavesWithinMs: ({ drainTimeoutMs }) => drainTimeoutMs + FLUSH_TIMEOUT_MS,
  grpc: {
    definitions: { 'orbisvoice.gateway.v1.GatewayService': GatewayServiceService },
    bind: (config) => config.grpc,
  },
  http: {
    bind: (config) => config.http,
    configure(app) {
      const admission = app.get(Admission);
      const events = app.get(GatewayEvents);
      const newcomers = app.get(Newcomers);
      app.useWebSocketAdapter(
        new CallSocketAdapter(app, {
          path: STREAM_PATH,
          subprotocol: VOICE_SUBPROTOCOL,
          maxPayloadBytes: MAX_PAYLOAD_BYTES,
          refusal(resuming) {
            const reason = admission.refusal(resuming);
            return reason && { reason, status: 503, message: NO_PLACE, retryAfterS: retryAfterS() };
          },
          health: { path: HEALTH_PATH, status: () => HEALTH_BY_REFUSAL[admission.refusal() ?? 'none'] },
          onProbe: () => events.upgraded('probe'),
          onRefused: (reason, request) => events.upgradeRefused(reason, newcomers.networkOf(request)),
        }),
      );
    },
  },
};
