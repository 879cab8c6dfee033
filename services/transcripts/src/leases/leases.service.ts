import { Inject, Injectable } from '@nestjs/common';
import { requireRole, type Caller } from '@orbisvoice/service-kit/caller-context';
import { Database } from '@orbisvoice/service-kit/database';
import { LEASES, LeasesRepository, type LeaseOptions } from './leases.repository.js';
import type { RenewRequest } from './leases.requests.js';

/** Holders of conversations say that they live: many conversations, of any organization, at once. */
@Injectable()
export class LeasesService {
  constructor(
    private readonly database: Database,
    private readonly repository: LeasesRepository,
    @Inject(LEASES) private readonly options: LeaseOptions,
  ) {}

  async renew(caller: Caller, request: RenewRequest): Promise<{ lostIds: string[]; leaseMs: number }> {
    requireRole(caller, 'edge');
    const lostIds = await this.database.asSystem('renewal of conversations', (tx) =>
      this.repository.renew(tx, request),
    );
    return { lostIds, leaseMs: this.options.leaseMs };
  }
}
