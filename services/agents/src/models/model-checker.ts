/** Tries an agent's model and voice before callers do. The gateway knows the provider, so it is asked. */
import { ModelCheckOutcome, type AgentConfig, type ModelCheck } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { GatewayServiceService } from '@orbisvoice/proto/orbisvoice/gateway/v1/gateway';
import type { Caller, CallerContexts } from '@orbisvoice/service-kit/caller-context';
import { toDomainError } from '@orbisvoice/service-kit/errors';
import { createGrpcClient, type GrpcClient } from '@orbisvoice/service-kit/grpc-client';
import type { GrpcTlsFiles } from '@orbisvoice/service-kit/grpc-tls';
import type { RpcTelemetry } from '@orbisvoice/service-kit/telemetry/rpc-telemetry';

export type TriedConfig = Pick<AgentConfig, 'model' | 'voice'>;

export interface ModelChecker {
  /** Never rejects, and answers within 4 s. Undefined: nobody can try it. */
  check(caller: Caller, config: TriedConfig): Promise<ModelCheck | undefined>;
}

/** Injection token. */
export const MODEL_CHECKER = Symbol('MODEL_CHECKER');

/** Whoever publishes waits 5 s for us. */
const DEADLINE_MS = 4_000;

export interface GatewayAddress {
  address: string;
  contexts: CallerContexts;
  tls: GrpcTlsFiles | undefined;
  telemetry: RpcTelemetry;
}

export class GatewayModelChecker implements ModelChecker {
  private readonly gateway: GrpcClient<typeof GatewayServiceService>;

  constructor(address: GatewayAddress) {
    this.gateway = createGrpcClient(GatewayServiceService, { serviceName: 'voice-gateway', ...address });
  }

  async check(caller: Caller, { model, voice }: TriedConfig): Promise<ModelCheck | undefined> {
    try {
      return (await this.gateway.checkModel({ model, voice }, { caller, deadlineMs: DEADLINE_MS })).check;
    } catch (error) {
      // Not for the provider's sake refused: it was never asked.
      const detail = toDomainError(error).message;
      return { outcome: ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNREACHABLE, detail, field: '' };
    }
  }

  onApplicationShutdown(): void {
    this.gateway.close();
  }
}

/** Where no gateway is named. */
export const noModelChecker: ModelChecker = { check: async () => undefined };
