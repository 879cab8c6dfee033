/**
 * Who may come in. A connection takes a place once it has proved itself (see unstarted-sockets.ts for those that have not), a call before
 * anything is done for it, so that a burst of starts can not overshoot. Beside the places that new calls may take there are some that only
 * calls which come from another gateway get.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { CONFIG } from '../clients.js';
import { EventLoopLag } from './event-loop-lag.js';
import { ORGANIZATION_CALLS, type OrganizationCalls } from './organization-calls.js';

export interface AdmissionLimits {
  /** Connections at once, and calls at once. */
  maxCalls: number;
  /** Calls beyond these, for clients that come back to a call which another gateway held. */
  resumeReserve: number;
  /** From here on there should be more gateways. Nothing is refused for it. */
  softMaxCalls: number;
  /** 0: no limit. */
  maxCallsPerOrganization: number;
  /** With more lag than this, calls that are on would suffer from another one. */
  maxEventLoopLagMs: number;
}

export type AdmissionRefusal = 'draining' | 'full' | 'overloaded';

export const NO_PLACE = 'This gateway takes no more calls at the moment.';
const RETRY_AFTER_MS = 2_000;

@Injectable()
export class Admission implements OnApplicationShutdown {
  private connections = 0;
  private calls = 0;
  /** Calls that have a place and are not held yet. */
  private readonly starting = new Set<string>();
  private draining = false;

  constructor(
    @Inject(CONFIG) readonly limits: AdmissionLimits,
    @Inject(EventLoopLag) private readonly lag: { quantileMs(quantile: number): number },
    @Inject(ORGANIZATION_CALLS) private readonly organizationCalls: OrganizationCalls,
  ) {}

  /**
   * Why an upgrade is refused; undefined when it may happen. A client that comes back to its call is let through whatever the load: its
   * call is held here or dies, and when another gateway is gone, all of its clients come at once.
   */
  refusal(resuming = false): AdmissionRefusal | undefined {
    if (this.draining) return 'draining';
    if (resuming) return undefined;
    if (this.connections >= this.limits.maxCalls) return 'full';
    return this.isOverloaded() ? 'overloaded' : undefined;
  }

  /** Takes a place for a connection that is a call's. The function gives it back, once however often it is called. */
  reserve(): () => void {
    this.connections += 1;
    let held = true;
    return () => {
      if (held) this.connections -= 1;
      held = false;
    };
  }

  /** @throws DomainError `unavailable` when this gateway takes no more calls; another one may, or this one later */
  checkNewCall(): void {
    if (this.isFull(this.limits.maxCalls) || this.isOverloaded()) throw noPlace();
  }

  /**
   * For a call that is about to be taken from another gateway, which gives its place back if it does not come.
   * @throws DomainError `unavailable` when there is no place for it, not even one of those that new calls do not get
   */
  takeResumePlace(ticket: string): void {
    if (this.isFull(this.limits.maxCalls + this.limits.resumeReserve)) throw noPlace();
    this.starting.add(ticket);
  }

  giveBackResumePlace(ticket: string): void {
    this.starting.delete(ticket);
  }

  /**
   * For a call that is about to be held. One that does not come about gives its place back.
   * @throws DomainError as `checkNewCall`; `resource_exhausted`, retryable, when the organization has as many calls as it may
   */
  async takePlace(organizationId: string, callId: string): Promise<void> {
    const { maxCallsPerOrganization: limit } = this.limits;
    this.checkNewCall();
    this.starting.add(callId);
    if (limit === 0) return;
    const isTaken = await this.organizationCalls.take(organizationId, callId, limit);
    if (isTaken && !this.draining) return;
    if (isTaken) {
      this.giveBackPlace(organizationId, callId);
      throw noPlace();
    }
    this.starting.delete(callId);
    const message = `The organization has ${limit} calls, and may not have more at once.`;
    throw new DomainError('resource_exhausted', message, { retryable: true, retryAfterMs: RETRY_AFTER_MS });
  }

  giveBackPlace(organizationId: string, callId: string): void {
    this.starting.delete(callId);
    this.organizationCalls.letGo(organizationId, callId, 'ended');
  }

  /** Whatever the limits: also a call that comes from another gateway counts here. */
  callHeld(organizationId: string, callId: string): void {
    this.starting.delete(callId);
    this.calls += 1;
    this.organizationCalls.hold(organizationId, callId);
  }

  callLetGo(organizationId: string, callId: string, how: 'ended' | 'moved'): void {
    this.calls -= 1;
    this.organizationCalls.letGo(organizationId, callId, how);
  }

  /** From now on nobody comes in. */
  drain(): void {
    this.draining = true;
  }

  /** How much of what this gateway can do is in use: of its calls or of its event loop, whichever is more. 1 is the limit. */
  get loadRatio(): number {
    const { maxCalls, maxEventLoopLagMs } = this.limits;
    return Math.max(this.calls / maxCalls, this.lag.quantileMs(0.99) / maxEventLoopLagMs);
  }

  onApplicationShutdown(): void {
    this.organizationCalls.close();
  }

  private isFull(maxCalls: number): boolean {
    return this.draining || this.calls + this.starting.size >= maxCalls;
  }

  /** A gateway without calls has nobody to protect, and would wait in vain for a machine that others keep busy. */
  private isOverloaded(): boolean {
    return this.calls > 0 && this.lag.quantileMs(0.99) > this.limits.maxEventLoopLagMs;
  }
}

export function noPlace(): DomainError {
  return new DomainError('unavailable', NO_PLACE, { retryAfterMs: RETRY_AFTER_MS });
}

/** In whole seconds, as HTTP wants it, and spread so that those who were refused together do not come back together. */
export function retryAfterS(random: number = Math.random()): number {
  return RETRY_AFTER_MS / 1000 + Math.floor(random * 4);
}
