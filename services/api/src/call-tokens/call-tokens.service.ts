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

  /** For an agent of the caller's organization that is published, or has the draft to be tried. @throws DomainError on `agent_id`, `draft` */
  async mint(request: CreateCallTokenRequest, options: RpcOptions): Promise<CreateCallTokenResponse> {
    await this.requireCallable(request, options);
    const minted = await this.clients.accounts.createCallToken(request, options);
    return { ...minted, url: this.config.voiceGatewayUrl };
  }

  private async requireCallable({ agentId, draft }: CreateCallTokenRequest, options: RpcOptions): Promise<void> {
    try {
      await this.clients.agents.resolveAgent({ agentId, draft }, options);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const missing = draft ? { field: 'draft', message: 'must be false for an agent without a draft' } : NOT_PUBLISHED;
      const violation =
        error.kind === 'failed_precondition' ? missing : error.kind === 'not_found' ? UNKNOWN : undefined;
      if (violation === undefined) throw error;
      throw new DomainError(error.kind, error.message, {
        violations: [violation],
        cause: error,
      });
    }
  }
}

const NOT_PUBLISHED = { field: 'agent_id', message: 'must be a published agent' };
const UNKNOWN = { field: 'agent_id', message: 'must be an agent of the organization' };
