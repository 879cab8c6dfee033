/** The calls that this gateway holds, the one timer that all of them share, and the way to let go of them all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PING_INTERVAL_MS } from '@orbisvoice/client/protocol/constants';
import { Admission } from '../admission/admission.js';
import { CONFIG } from '../clients.js';
import type { Config } from '../config.js';
import { GatewayEvents } from '../events.js';
import type { Call } from './call.js';
import { CALL_STORE, type CallStore } from './handover/call-store.js';
import type { Journal } from './journal.js';

/** A stopping gateway waits this long for the last events to be stored. */
const FLUSH_TIMEOUT_MS = 3_500;
/** An ended call's events are kept and sent again for this long. */
const LATE_FLUSH_TIMEOUT_MS = 60_000;
const POLL_MS = 50;
const MOVE_INTERVAL_MS = 100;

@Injectable()
export class CallRegistry implements OnModuleDestroy {
  private readonly calls = new Map<string, Call>();
  private readonly journals = new Set<Journal>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
    @Inject(CALL_STORE) private readonly store: CallStore,
    @Inject(Admission) private readonly admission: Admission,
  ) {
    store.onWanted((callId) => void this.calls.get(callId)?.release());
  }

  add(call: Call, journal: Journal): void {
    this.calls.set(call.id, call);
    this.journals.add(journal);
    this.admission.callHeld(call.organizationId);
    this.events.callHeld();
    this.timer ??= setInterval(() => this.tick(), PING_INTERVAL_MS);
  }

  /** By a running scan: clients rarely come back, and a map of tickets would have to follow each change of them. */
  findByTicket(ticket: string): Call | undefined {
    for (const call of this.calls.values()) if (call.acceptsTicket(ticket)) return call;
    return undefined;
  }

  /** The call is gone from here. The journal of one that has ended is kept until it is empty. */
  remove(call: Call, journal: Journal, how: 'ended' | 'moved'): void {
    this.calls.delete(call.id);
    this.admission.callLetGo(call.organizationId);
    this.events.callLetGo(how);
    if (how === 'moved') this.journals.delete(journal);
    else void this.flushEnded(call, journal);
    if (this.calls.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.events.tick();
  }

  /** Hands every call over, or ends it where there is nobody to hand it to, and waits until the last turns are stored. */
  async onModuleDestroy(): Promise<void> {
    this.admission.drain();
    this.events.draining();
    if (this.store.shared) await this.handOver();
    for (const call of this.calls.values()) call.end('gateway_stopped');
    await Promise.all([...this.journals].map((journal) => journal.flush(FLUSH_TIMEOUT_MS)));
    for (const journal of this.journals) journal.abandon();
    await this.store.close();
  }

  private async handOver(): Promise<void> {
    const { drainTimeoutMs } = this.config;
    const deadline = Date.now() + drainTimeoutMs;
    void this.requestMoves([...this.calls.values()], drainTimeoutMs / 4);
    while (this.calls.size > 0 && Date.now() < deadline) await sleep(POLL_MS);
  }

  /** A few at a time: when all move at once, each waits for all the others. */
  private async requestMoves(calls: Call[], withinMs: number): Promise<void> {
    const atOnce = Math.max(1, Math.ceil((calls.length * MOVE_INTERVAL_MS) / withinMs));
    for (let i = 0; i < calls.length; i += atOnce) {
      for (const call of calls.slice(i, i + atOnce)) call.requestMove(withinMs);
      await sleep(MOVE_INTERVAL_MS);
    }
  }

  private async flushEnded(call: Call, journal: Journal): Promise<void> {
    const flushed = await journal.flush(LATE_FLUSH_TIMEOUT_MS);
    journal.abandon();
    this.journals.delete(journal);
    // What could not be stored stays in the store, for any gateway to send later.
    if (flushed) await call.forget();
  }

  private tick(): void {
    const now = Date.now();
    for (const call of this.calls.values()) call.tick(now);
    this.events.tick();
    void this.store.renew([...this.calls.keys()]).catch((error: unknown) => this.events.storeFailed('', error));
  }
}
