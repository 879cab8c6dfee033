/** The calls that this gateway holds, the one timer that all of them share, and the way to let go of them all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PING_INTERVAL_MS } from '@orbisvoice/client/protocol/constants';
import { Health } from '@orbisvoice/service-kit/health';
import { Admission } from '../admission/admission.js';
import { CONFIG } from '../clients.js';
import type { Config } from '../config.js';
import { GatewayEvents } from '../events.js';
import type { Call } from './call.js';
import { CALL_STORE, type CallStore } from './handover/call-store.js';
import type { Journal } from './journal.js';

/** How long a gateway that stops waits, after its calls have left, until their last turns are stored. */
export const FLUSH_TIMEOUT_MS = 3_500;
/** An ended call's events are kept and sent again for this long. Where there is a store, any gateway goes on with them. */
const LATE_FLUSH_TIMEOUT_MS = 15 * 60_000;
/** Beyond that the oldest are given up, or left to the store. */
const MAX_ENDED = 2_000;
const POLL_MS = 50;
const MOVE_INTERVAL_MS = 100;
/** Shares of the time to drain. Calls are asked one after the other during the first; the last of them waits twice that for its moment. */
const ASK_SHARE = 1 / 6;
/** And goes within this. */
const GO_SHARE = 0.4;

/** A call that has ended, as long as not everything of it is stored. */
export interface EndedCall {
  readonly id: string;
  readonly journal: Journal;
  /** The store has forgotten it. */
  saveAgain(): void;
  /** The store is there again. */
  offerAgain(): void;
  /** Everything is stored. */
  forget(): Promise<void>;
}

@Injectable()
export class CallRegistry implements OnModuleDestroy {
  private readonly calls = new Map<string, Call>();
  private readonly journals = new Set<Journal>();
  /** Oldest first. */
  private readonly ended = new Map<string, EndedCall>();
  private readonly flushing = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
    @Inject(CALL_STORE) private readonly store: CallStore,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(Health) health: Health,
  ) {
    // A call that can't be taken over is better than none.
    if (store.shared) health.add({ name: 'redis', neededToStart: false, check: () => store.check() });
    store.onWanted((callId) => this.calls.get(callId)?.wanted());
    store.onBack(() => [...this.calls.values(), ...this.ended.values()].forEach((call) => call.offerAgain()));
  }

  add(call: Call, journal: Journal): void {
    this.calls.set(call.id, call);
    this.journals.add(journal);
    this.admission.callHeld(call.organizationId, call.id);
    this.events.callHeld();
    this.startTicking();
  }

  /** Of every conversation that is held here, those included that have ended and are not stored yet. */
  heldJournals(): Journal[] {
    return [...this.journals];
  }

  /** By a running scan: clients rarely come back, and a map of tickets would have to follow each change of them. */
  findByTicket(ticket: string): Call | undefined {
    for (const call of this.calls.values()) if (call.acceptsTicket(ticket)) return call;
    return undefined;
  }

  /** The call is gone from here. The journal of one that has ended is kept until it is empty. */
  remove(call: Call, journal: Journal, how: 'ended' | 'moved'): void {
    this.calls.delete(call.id);
    this.admission.callLetGo(call.organizationId, call.id, how);
    this.events.callLetGo(how);
    if (how === 'moved') this.journals.delete(journal);
    else
      this.flushLater({
        id: call.id,
        journal,
        saveAgain: () => call.saveAgain(),
        offerAgain: () => call.offerAgain(),
        forget: async () => call.forget(),
      });
    this.stopTicking();
  }

  /** Keeps the journal of a call that has ended until it is empty. */
  flushLater(call: EndedCall): void {
    const { journal } = call;
    this.journals.add(journal);
    this.ended.set(call.id, call);
    if (this.ended.size > MAX_ENDED) this.ended.values().next().value?.journal.abandon();
    const flushed = this.flush(call).finally(() => this.flushing.delete(flushed));
    this.flushing.add(flushed);
    this.startTicking();
  }

  /** Hands every call over, or ends it where there is nobody to hand it to, and waits until the last turns are stored. */
  async onModuleDestroy(): Promise<void> {
    this.admission.drain();
    this.events.draining();
    if (this.store.shared) await this.handOver();
    for (const call of this.calls.values()) call.end('gateway_stopped');
    await Promise.all([...this.journals].map((journal) => journal.flush(FLUSH_TIMEOUT_MS)));
    for (const journal of this.journals) journal.abandon();
    await Promise.all(this.flushing);
    await this.store.close();
  }

  private async handOver(): Promise<void> {
    const { drainTimeoutMs } = this.config;
    const deadline = Date.now() + drainTimeoutMs;
    const goMs = drainTimeoutMs * GO_SHARE;
    let asked: Set<Call> | undefined;
    while (this.calls.size > 0 && Date.now() < deadline) {
      // While the store is away nobody could take a call: better here for now than nowhere.
      if (!asked && (await this.store.isSteady())) {
        asked = new Set(this.calls.values());
        void this.requestMoves([...asked], goMs);
      }
      if (asked) this.sendOn(asked, Math.min(goMs, deadline - Date.now()));
      await sleep(POLL_MS);
    }
  }

  /** Calls that were on their way here when this gateway was told to stop. */
  private sendOn(asked: Set<Call>, goMs: number): void {
    for (const call of this.calls.values()) {
      if (asked.has(call)) continue;
      asked.add(call);
      call.requestMove(0, goMs);
    }
  }

  /** A few at a time: when all move at once, each waits for all the others. */
  private async requestMoves(calls: Call[], goMs: number): Promise<void> {
    const withinMs = this.config.drainTimeoutMs * ASK_SHARE;
    const atOnce = Math.max(1, Math.ceil((calls.length * MOVE_INTERVAL_MS) / withinMs));
    for (let i = 0; i < calls.length; i += atOnce) {
      for (const call of calls.slice(i, i + atOnce)) call.requestMove(withinMs, goMs);
      await sleep(MOVE_INTERVAL_MS);
    }
  }

  private async flush(call: EndedCall): Promise<void> {
    const { id, journal } = call;
    const flushed = await journal.flush(LATE_FLUSH_TIMEOUT_MS);
    journal.abandon();
    // What could not be stored stays in the store, for any gateway to send later.
    if (flushed) await call.forget();
    else if (!this.store.shared) this.events.journalLost(id, journal.pendingCount, new Error('given up'));
    this.journals.delete(journal);
    this.ended.delete(id);
    this.stopTicking();
  }

  private startTicking(): void {
    this.timer ??= setInterval(() => this.tick(), PING_INTERVAL_MS);
  }

  private stopTicking(): void {
    if (this.calls.size + this.ended.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
    this.events.tick();
  }

  private tick(): void {
    const now = Date.now();
    for (const call of this.calls.values()) call.tick(now);
    this.events.tick();
    this.renewLeases().catch((error: unknown) => this.events.storeFailed('', error));
  }

  /** A store that came back empty is told again of what goes on here. */
  private async renewLeases(): Promise<void> {
    const forgotten = await this.store.renew([...this.calls.keys(), ...this.ended.keys()]);
    for (const id of forgotten) (this.calls.get(id) ?? this.ended.get(id))?.saveAgain();
  }
}
