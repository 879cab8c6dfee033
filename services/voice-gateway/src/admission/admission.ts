/**
 * Who may come in. A connection takes a place before its upgrade and keeps it until it closes, so that a burst of upgrades can not
 * overshoot; a call is judged again when it starts, once its organization is known.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { CONFIG } from '../clients.js';
import { EventLoopLag } from './event-loop-lag.js';
import { ORGANIZATION_CALLS, type OrganizationCalls } from './organization-calls.js';

export interface AdmissionLimits {
  /** Connections at once, and calls at once. */
  maxCalls: number;
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
  private draining = false;

  constructor(
    @Inject(CONFIG) readonly limits: AdmissionLimits,
    @Inject(EventLoopLag) private readonly lag: { quantileMs(quantile: number): number },
    @Inject(ORGANIZATION_CALLS) private readonly organizationCalls: OrganizationCalls,
  ) {}

  /**
   * Why an upgrade is refused; undefined when it may happen. A client that comes back to its call is let through although the event
   * loop lags: when another gateway has died, all of its clients come at once, and their calls end if nobody takes them.
   */
  refusal(resuming = false): AdmissionRefusal | undefined {
    if (this.draining) return 'draining';
    if (this.connections >= this.limits.maxCalls) return 'full';
    return !resuming && this.isOverloaded() ? 'overloaded' : undefined;
  }

  /** Takes a place for a connection. The function gives it back, once however often it is called. */
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
    if (this.draining || this.calls >= this.limits.maxCalls || this.isOverloaded())
      throw new DomainError('unavailable', NO_PLACE, { retryAfterMs: RETRY_AFTER_MS });
  }

  /**
   * For a call that is about to be held. One that does not come about gives its place back.
   * @throws DomainError as `checkNewCall`; `resource_exhausted`, retryable, when the organization has as many calls as it may
   */
  async takePlace(organizationId: string, callId: string): Promise<void> {
    const { maxCallsPerOrganization: limit } = this.limits;
    this.checkNewCall();
    if (limit === 0) return;
    if (!(await this.organizationCalls.take(organizationId, callId, limit))) {
      const message = `The organization has ${limit} calls, and may not have more at once.`;
      throw new DomainError('resource_exhausted', message, { retryable: true, retryAfterMs: RETRY_AFTER_MS });
    }
    try {
      this.checkNewCall(); // others may have started meanwhile
    } catch (error) {
      this.giveBackPlace(organizationId, callId);
      throw error;
    }
  }

  giveBackPlace(organizationId: string, callId: string): void {
    this.organizationCalls.letGo(organizationId, callId, 'ended');
  }

  /** Whatever the limits: also a call that comes from another gateway counts here. */
  callHeld(organizationId: string, callId: string): void {
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

  /** A gateway without calls has nobody to protect, and would wait in vain for a machine that others keep busy. */
  private isOverloaded(): boolean {
    return this.calls > 0 && this.lag.quantileMs(0.99) > this.limits.maxEventLoopLagMs;
  }
}

/** In whole seconds, as HTTP wants it, and spread so that those who were refused together do not come back together. */
export function retryAfterS(random: number = Math.random()): number {
  return RETRY_AFTER_MS / 1000 + Math.floor(random * 4);
}
