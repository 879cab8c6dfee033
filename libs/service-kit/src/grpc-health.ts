/** Whether another service answers, asked as gRPC has it (grpc.health.v1). */
import { service as healthService } from 'grpc-health-check';
import type { Caller } from './caller-context.js';
import { createGrpcClient, type GrpcClient, type GrpcClientOptions } from './grpc-client.js';

/** The part of grpc.health.v1.Health that is asked. */
interface HealthService {
  Check: {
    requestSerialize: (value: { service: string }) => Buffer;
    responseDeserialize: (bytes: Buffer) => { status: string };
  };
}

const DEADLINE_MS = 1_500;

export class GrpcHealthProbe {
  private readonly client: GrpcClient<HealthService>;

  constructor(
    private readonly options: GrpcClientOptions,
    private readonly caller: Caller,
  ) {
    this.client = createGrpcClient(healthService as unknown as HealthService, options);
  }

  /** @throws Error with a sentence that names the service */
  async check(): Promise<void> {
    const { status } = await this.client.Check({ service: '' }, { caller: this.caller, deadlineMs: DEADLINE_MS });
    if (status !== 'SERVING') throw new Error(`the ${this.options.serviceName} service answers ${status}`);
  }

  close(): void {
    this.client.close();
  }
}
