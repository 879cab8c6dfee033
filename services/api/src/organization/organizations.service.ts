import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@orbisvoice/service-kit/caller-context';
import { ACCOUNTS, type AccountsClient } from '../clients.js';
import { present, toTime } from '../http/timestamps.js';
import type { OrganizationJson } from './organization.schemas.js';

@Injectable()
export class Organizations {
  constructor(@Inject(ACCOUNTS) private readonly accounts: AccountsClient) {}

  /** The caller's own organization. */
  async of(caller: Caller): Promise<OrganizationJson> {
    const { organization } = await this.accounts.getOrganization({}, { caller });
    const { id, name, slug, createdAt } = present(organization, 'organization');
    return { id, name, slug, createdAt: toTime(createdAt) };
  }
}
