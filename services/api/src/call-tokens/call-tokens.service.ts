import { Inject, Injectable } from '@nestjs/common';
import type {
  CreateCallTokenRequest,
  CreateCallTokenResponse,
} from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import { DomainError } from '@orbisvoice/service-kit/errors';
import type { RpcOptions } from '@orbisvoice/service-kit/grpc-client';
import { API_CONFIG } from '../api-config.token.js';
import { ServiceClients } from '../clients.js';
import type { ApiConfig } from '../config.js';

@Injectable()
export class CallTokens {
  constructor(
    @Inject(API_CONFIG) private readonly config: ApiConfig,
    @Inject(ServiceClients) private readonly clients: ServiceClients,
  ) {}

  /** For an agent of the caller's organization that is published. @throws DomainError on `agent_id` */
  async mint(request: CreateCallTokenRequest, options: RpcOptions): Promise<CreateCallTokenResponse> {
    await this.requirePublished(request.agentId, options);
    const minted = await this.clients.accounts.createCallToken(request, options);
    return { ...minted, url: this.config.voiceGatewayUrl };
  }

  private async requirePublished(agentId: string, options: RpcOptions): Promise<void> {
    try {
      await this.clients.agents.resolveAgent({ agentId }, options);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const rule = AGENT_RULES.get(error.kind);
      if (rule === undefined) throw error;
      throw new DomainError(error.kind, error.message, {
        violations: [{ field: 'agent_id', message: rule }],
        cause: error,
      });
    }
  }
}

const AGENT_RULES = new Map([
  ['failed_precondition', 'must be a published agent'],
  ['not_found', 'must be an agent of the organization'],
]);
