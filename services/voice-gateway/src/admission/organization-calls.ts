/** How many calls each organization has at once, counted by call, so that one which moves to another gateway counts once. */
export interface OrganizationCalls {
  /** Counts the call, unless its organization has `limit` already: false then. Never rejects. */
  take(organizationId: string, callId: string, limit: number): Promise<boolean>;
  /** Counts a call that runs already, whatever the limit. */
  hold(organizationId: string, callId: string): void;
  /** The call is no longer held here: it has ended, or another gateway has it and counts it. */
  letGo(organizationId: string, callId: string, how: 'ended' | 'moved'): void;
  close(): void;
}

/** Injection token of the configured count. */
export const ORGANIZATION_CALLS = Symbol('ORGANIZATION_CALLS');

/** The calls of this process. */
export class LocalOrganizationCalls implements OrganizationCalls {
  private readonly calls = new Map<string, Set<string>>();

  async take(organizationId: string, callId: string, limit: number): Promise<boolean> {
    return this.takeNow(organizationId, callId, limit);
  }

  takeNow(organizationId: string, callId: string, limit: number): boolean {
    const held = this.calls.get(organizationId);
    if (held && held.size >= limit && !held.has(callId)) return false;
    this.hold(organizationId, callId);
    return true;
  }

  hold(organizationId: string, callId: string): void {
    const held = this.calls.get(organizationId);
    if (held) held.add(callId);
    else this.calls.set(organizationId, new Set([callId]));
  }

  letGo(organizationId: string, callId: string): void {
    const held = this.calls.get(organizationId);
    held?.delete(callId);
    if (held?.size === 0) this.calls.delete(organizationId);
  }

  close(): void {}

  entries(): Iterable<[organizationId: string, callIds: Set<string>]> {
    return this.calls;
  }
}
