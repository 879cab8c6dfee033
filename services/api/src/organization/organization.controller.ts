import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { RequestCaller } from '../auth/identity.js';
import { Operation } from '../http/operation.decorator.js';
import { organizationSchema, type OrganizationJson } from './organization.schemas.js';
import { Organizations } from './organizations.service.js';

@ApiTags('Organization')
@Controller('v1/organization')
export class OrganizationController {
  constructor(@Inject(Organizations) private readonly organizations: Organizations) {}

  @Get()
  @Operation({
    operationId: 'getOrganization',
    summary: 'Read your organization',
    description: 'The organization that the API key or the session belongs to.',
    status: 200,
    response: organizationSchema,
    responseDescription: 'Your organization.',
  })
  async get(@RequestCaller() caller: Caller): Promise<OrganizationJson> {
    return await this.organizations.of(caller);
  }
}
