import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type * as rpc from '@orbisvoice/proto/orbisvoice/accounts/v1/accounts';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RpcCaller } from '@orbisvoice/service-kit/caller-guard';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { z } from 'zod';
import { text } from '@orbisvoice/service-kit/stored-text';
import type { OrganizationEntity } from './organization.entity.js';
import { OrganizationsService } from './organizations.service.js';

const ensureRequest = z.object({
  slug: z.string().regex(/^[a-z0-9-]{1,63}$/, 'must have 1 to 63 lower-case letters, digits and hyphens'),
  name: text({ min: 1, max: 100 }),
});

@Controller()
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  @GrpcMethod('AccountsService', 'ensureOrganization')
  async ensureOrganization(
    @Payload({ schema: ensureRequest }) request: rpc.EnsureOrganizationRequest,
    @RpcCaller() caller: Caller,
  ): Promise<rpc.EnsureOrganizationResponse> {
    const { organization, created } = await this.organizations.ensure(caller, request.slug, request.name);
    return { organization: toMessage(organization), created };
  }

  @GrpcMethod('AccountsService', 'getOrganization')
  async getOrganization(@RpcCaller() caller: Caller): Promise<rpc.GetOrganizationResponse> {
    return { organization: toMessage(await this.organizations.get(caller)) };
  }
}

function toMessage(organization: OrganizationEntity): rpc.Organization {
  const { id, name, slug, createdAt } = organization;
  return { id, name, slug, createdAt: toTimestamp(createdAt) };
}
