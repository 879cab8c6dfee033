import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { ModelCheckOutcome, type ModelCheck as ModelCheckMessage } from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import type * as rpc from '@orbisvoice/proto/orbisvoice/gateway/v1/gateway';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { z } from 'zod';
import { MODEL_CHECK, type ModelCheck, type ModelVerdict } from './model-check.js';

const checkModelRequest = z.object({
  model: z.string().max(200, 'must be at most 200 characters'),
  voice: z.string().max(100, 'must be at most 100 characters'),
});

/** Shorter than whoever publishes waits. */
const CHECK_MS = 3_500;
/** Each opens up to three sessions, which count in the provider's limits. */
const MAX_AT_ONCE = 8;

const OUTCOMES: Record<ModelVerdict['outcome'], ModelCheckOutcome> = {
  accepted: ModelCheckOutcome.MODEL_CHECK_OUTCOME_ACCEPTED,
  refused: ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED,
  unreachable: ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNREACHABLE,
};

@Controller()
export class ModelsController {
  private running = 0;

  constructor(@Inject(MODEL_CHECK) private readonly models: ModelCheck) {}

  @GrpcMethod('GatewayService', 'checkModel')
  async checkModel(
    @Payload({ schema: checkModelRequest }) request: rpc.CheckModelRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.CheckModelResponse> {
    requireRole(caller, 'member');
    if (this.running >= MAX_AT_ONCE) {
      throw new DomainError('unavailable', 'Too many models are being tried at once.', { retryable: true });
    }
    this.running += 1;
    try {
      return { check: toMessage(await this.models.check(request, CHECK_MS)) };
    } finally {
      this.running -= 1;
    }
  }
}

function toMessage(verdict: ModelVerdict): ModelCheckMessage {
  const outcome = OUTCOMES[verdict.outcome];
  if (verdict.outcome === 'accepted') return { outcome, detail: '', field: '' };
  const field = verdict.outcome === 'refused' && verdict.culprit !== 'platform' ? verdict.culprit : '';
  return { outcome, detail: verdict.detail, field };
}
