import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import { ToolOutcome, type ExecuteToolResponse } from '@orbisvoice/proto/orbisvoice/tools/v1/tools';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller, RpcSignal } from '@orbisvoice/service-kit/caller-guard';
import { executeRequest, type ExecuteRequest } from './executions.requests.js';
import { ExecutionsService } from './executions.service.js';
import type { Outcome } from './run-result.js';

const OUTCOMES: Record<Outcome, ToolOutcome> = {
  ok: ToolOutcome.TOOL_OUTCOME_OK,
  failed: ToolOutcome.TOOL_OUTCOME_FAILED,
  timed_out: ToolOutcome.TOOL_OUTCOME_TIMED_OUT,
  cancelled: ToolOutcome.TOOL_OUTCOME_CANCELLED,
  blocked: ToolOutcome.TOOL_OUTCOME_BLOCKED,
  too_large: ToolOutcome.TOOL_OUTCOME_TOO_LARGE,
  unknown: ToolOutcome.TOOL_OUTCOME_UNKNOWN,
};

@Controller()
export class ExecutionsController {
  constructor(private readonly executions: ExecutionsService) {}

  @GrpcMethod('ToolsService', 'executeTool')
  async executeTool(
    @Payload({ schema: executeRequest }) request: ExecuteRequest,
    @RpcCaller() caller: Caller,
    @RpcSignal() signal: AbortSignal,
  ): Promise<ExecuteToolResponse> {
    const { outcome, resultJson, durationMs, repeated } = await this.executions.execute(caller, request, signal);
    return { outcome: OUTCOMES[outcome], resultJson, durationMs, repeated };
  }
}
