import { DomainError } from '@orbisvoice/service-kit/errors';

const RETRY_AFTER_MS = 1_000;

/** Keeps one organization from using up what all share. */
export class ConcurrencyLimit {
  private readonly running = new Map<string, number>();

  constructor(private readonly perOrganization: number) {}

  /** @throws DomainError `resource_exhausted`, retryable, before anything was begun */
  async run<T>(organizationId: string, work: () => Promise<T>): Promise<T> {
    const count = this.running.get(organizationId) ?? 0;
    if (count >= this.perOrganization) {
      // The model may read it aloud; whoever runs the platform finds the limit's name in the record.
      throw new DomainError(
        'resource_exhausted',
        'Too much is going on at this moment. Try it again in a few seconds.',
        {
          violations: [
            {
              field: 'organization',
              message: `has ${count} tools running at once, which is the limit (MAX_CONCURRENT_PER_ORGANIZATION)`,
            },
          ],
          retryable: true,
          retryAfterMs: RETRY_AFTER_MS,
        },
      );
    }
    this.running.set(organizationId, count + 1);
    try {
      return await work();
    } finally {
      const left = (this.running.get(organizationId) ?? 1) - 1;
      if (left > 0) this.running.set(organizationId, left);
      else this.running.delete(organizationId);
    }
  }
}
