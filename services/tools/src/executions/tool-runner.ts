import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OutboundClient } from '@orbisvoice/service-kit/outbound/outbound-client';
import { OutboundError } from '@orbisvoice/service-kit/outbound/outbound-error';
import type { JsonObject } from '../arguments/json-text.js';
import { TOOLS_CONFIG, type ToolsConfig } from '../config.js';
import { HeaderVault } from '../tools/header-vault.js';
import type { ToolEntity } from '../tools/tool.entity.js';
import { builtInTool } from './built-in-tools.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { fromFailure, fromResponse } from './http-answer.js';
import { toHttpRequest } from './http-request.js';
import { failed, unsuccessful, type RunResult } from './run-result.js';

export interface RunOptions {
  idempotencyKey: string;
  /** Aborts the run. Its reason tells a deadline (TimeoutError) from a caller that gave up. */
  signal: AbortSignal;
}

/** Runs a tool once. Whatever goes wrong with the tool is a result. */
@Injectable()
export class ToolRunner implements OnApplicationShutdown {
  constructor(
    @Inject(TOOLS_CONFIG) private readonly config: ToolsConfig,
    private readonly outbound: OutboundClient,
    private readonly vault: HeaderVault,
    private readonly breakers: CircuitBreakers,
  ) {}

  async run(tool: ToolEntity, args: JsonObject, options: RunOptions): Promise<RunResult> {
    if (tool.kind === 'http') return await this.runHttp(tool, args, options);
    const run = builtInTool(tool.builtInFunction ?? '');
    return run
      ? run(args)
      : failed('This tool no longer exists. Tell the caller that it does not work.', { retryable: false });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.outbound.close();
  }

  private async runHttp(tool: ToolEntity, args: JsonObject, options: RunOptions): Promise<RunResult> {
    if (!this.breakers.tryEnter(tool.id)) {
      return failed(
        'The service failed several times in a row. Try again in half a minute, or tell the caller that it does not work now.',
        {
          retryable: true,
          detail: 'Not called: the endpoint failed several times in a row and is left alone for some seconds.',
        },
      );
    }
    const result = await this.request(tool, args, options);
    if (result.outcome !== 'cancelled') this.breakers.record(tool.id, result.endpointDown ? 'down' : 'up');
    return result;
  }

  private async request(tool: ToolEntity, args: JsonObject, options: RunOptions): Promise<RunResult> {
    const method = tool.httpMethod ?? 'GET';
    const { timeoutMs } = tool;
    const { maxResponseBytes } = this.config;
    const owner = { organizationId: tool.organizationId, toolId: tool.id };
    const headers = tool.sealedHeaders ? this.vault.open(tool.sealedHeaders, owner) : {};
    const { idempotencyKey, signal } = options;
    const request = toHttpRequest({ method, urlTemplate: tool.httpUrl ?? '', headers, args, idempotencyKey });
    try {
      const response = await this.outbound.request({ ...request, timeoutMs, maxResponseBytes, signal });
      return fromResponse(response, method);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      if (error.kind === 'cancelled' && isTimeout(signal.reason)) return deadlinePassed();
      return fromFailure(error, { method, timeoutMs, maxResponseBytes });
    }
  }
}

function isTimeout(reason: unknown): boolean {
  return (reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
}

/** Says nothing about the endpoint: the caller left less time than the tool has. */
function deadlinePassed(): RunResult {
  const sentence = 'The tool did not answer in the time that was left. It may have taken effect all the same.';
  return unsuccessful('timed_out', sentence, { retryable: false });
}
