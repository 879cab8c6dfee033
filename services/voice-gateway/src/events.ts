/** What happens in the gateway, as metrics and log lines. No transcript, no tool result, no key in either. */
import { Inject, Injectable } from '@nestjs/common';
import { callEndReason } from '@orbisvoice/client/protocol/messages';
import { ERROR_KINDS, type ErrorKind } from '@orbisvoice/service-kit/errors';
import { LimitedLog } from '@orbisvoice/service-kit/limited-log';
import { LOG } from '@orbisvoice/service-kit/log';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CALL_IS_ON, CallSetupMetrics, type PassedStage } from './calls/call-setup.js';
import type { TurnState } from './calls/call-state.js';
import { LatencyMetrics } from './calls/latency-metrics.js';
import { REATTACH_REASONS, type ReattachReason } from './calls/resumption/link-machine.js';
import type { Reattached } from './calls/resumption/provider-link.js';
import type { ProviderFailure } from './provider/provider.js';
import { REFUSAL_REASONS, type RefusalReason } from './stream/call-socket.adapter.js';
import { SocketMetrics, type ClosingSide, type RefusedMessage, type UnstartedEnd } from './stream/socket-metrics.js';

type Direction = 'up' | 'down';

const UPGRADE_RESULTS = ['accepted', 'probe', ...REFUSAL_REASONS] as const;
const TOOL_OUTCOMES = ['ok', 'failed', 'timed_out', 'cancelled', 'blocked', 'too_large', 'unknown'];
const DROP_REASONS = [
  ['up', 'invalid'],
  ['up', 'too_fast'],
  ['up', 'provider_slow'],
  ['down', 'client_slow'],
] as const;
const REATTACH_RESULTS = ['resumed', 'fresh', 'failed'] as const;

const refusedAs = (kind: ErrorKind) => `refused_${kind}`;

@Injectable()
export class GatewayEvents {
  private readonly active: Gauge;
  private readonly peak: Gauge;
  private readonly upgrades: Counter<'result'>;
  private readonly ended: Counter<'reason'>;
  private readonly duration: Histogram;
  private readonly setup: CallSetupMetrics;
  private readonly sockets: SocketMetrics;
  private readonly frames: Counter<'direction'>;
  private readonly bytes: Counter<'direction'>;
  private readonly dropped: Counter<'direction' | 'reason'>;
  private readonly turns: Counter<'role' | 'outcome'>;
  private readonly latency: LatencyMetrics;
  private readonly toolCalls: Counter<'outcome'>;
  private readonly toolDuration: Histogram;
  private readonly providerErrors: Counter<'kind'>;
  private readonly writes: Counter<'result'>;
  private readonly handedOver: Counter;
  private readonly takenOver: Counter;
  private readonly storeFailures: Counter;
  private readonly drain: Gauge;
  private readonly clientReattachments: Counter;
  private readonly reattachments: Counter<'reason' | 'result'>;
  private readonly reattachGap: Histogram;
  private readonly replayed: Counter;
  private readonly lost: Counter;
  private readonly tokens: Counter<'direction'>;
  private readonly drainDuration: Gauge;
  /** For what a stranger can make happen as often as they like. */
  private readonly limited: LimitedLog;
  private drainingSince = 0;
  private activeCalls = 0;
  private peakCalls = 0;

  constructor(
    @Inject(LOG) private readonly log: Logger,
    @Inject(Registry) registry: Registry,
  ) {
    this.limited = new LimitedLog(log);
    const registers = [registry];
    const named = (name: string, help: string) => ({ name: `orbisvoice_gateway_${name}`, help, registers });
    this.active = new Gauge(named('calls_active', 'Calls that this gateway holds now'));
    this.peak = new Gauge(named('calls_peak', 'Most calls held at once since the start'));
    this.upgrades = new Counter({
      ...named('ws_upgrades_total', 'WebSocket upgrades by result'),
      labelNames: ['result'],
    });
    this.ended = new Counter({ ...named('calls_ended_total', 'Ended calls by reason'), labelNames: ['reason'] });
    this.duration = new Histogram({
      ...named('call_duration_seconds', 'Length of ended calls'),
      buckets: [5, 15, 30, 60, 120, 300, 600, 1200, 3600],
    });
    this.setup = new CallSetupMetrics(registry);
    this.sockets = new SocketMetrics(registry);
    this.frames = new Counter({ ...named('audio_frames_total', 'Relayed audio frames'), labelNames: ['direction'] });
    this.bytes = new Counter({ ...named('audio_bytes_total', 'Relayed bytes of samples'), labelNames: ['direction'] });
    this.dropped = new Counter({
      ...named('audio_frames_dropped_total', 'Audio frames that were not relayed'),
      labelNames: ['direction', 'reason'],
    });
    this.turns = new Counter({ ...named('turns_total', 'Finished turns'), labelNames: ['role', 'outcome'] });
    this.latency = new LatencyMetrics(registry);
    this.toolCalls = new Counter({ ...named('tool_calls_total', 'Tool calls by outcome'), labelNames: ['outcome'] });
    this.toolDuration = new Histogram({
      ...named('tool_call_duration_seconds', 'Tool calls as the gateway sees them'),
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
    });
    this.providerErrors = new Counter({
      ...named('provider_errors_total', 'Provider connections that failed'),
      labelNames: ['kind'],
    });
    this.writes = new Counter({
      ...named('transcript_writes_total', 'Batches of events sent to transcripts'),
      labelNames: ['result'],
    });
    this.handedOver = new Counter(named('calls_handed_over_total', 'Calls that another gateway has taken'));
    this.takenOver = new Counter(named('calls_taken_over_total', 'Calls taken from another gateway'));
    this.storeFailures = new Counter(named('store_failures_total', 'Failed accesses to the store of calls'));
    this.drain = new Gauge(named('draining', '1 while this gateway lets go of its calls'));
    this.drain.set(0);
    this.clientReattachments = new Counter(named('client_reattachments_total', 'Clients that came back to their call'));
    this.reattachments = new Counter({
      ...named('provider_reattachments_total', 'Provider connections replaced in a call'),
      labelNames: ['reason', 'result'],
    });
    this.reattachGap = new Histogram({
      ...named('provider_reattach_gap_seconds', 'From the loss of a provider connection to the next one'),
      buckets: [0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 20],
    });
    this.replayed = new Counter(
      named('audio_replayed_milliseconds_total', "Callers' audio that was kept and sent to a new provider connection"),
    );
    this.lost = new Counter(
      named('audio_lost_milliseconds_total', "Callers' audio that was lost with a provider connection"),
    );
    this.tokens = new Counter({
      ...named('provider_tokens_total', 'Tokens as the provider counts them, by direction'),
      labelNames: ['direction'],
    });
    this.drainDuration = new Gauge(named('drain_duration_seconds', 'How long letting go of all calls took; 0 before'));
    this.announce();
  }

  /** A series that is absent until something happens is none that an alert or an autoscaler can use. */
  private announce(): void {
    for (const gauge of [this.active, this.peak, this.drainDuration]) gauge.set(0);
    for (const result of UPGRADE_RESULTS) this.upgrades.inc({ result }, 0);
    for (const reason of callEndReason.options) this.ended.inc({ reason }, 0);
    for (const kind of ERROR_KINDS) this.ended.inc({ reason: refusedAs(kind) }, 0);
    for (const reason of REATTACH_REASONS)
      for (const result of REATTACH_RESULTS) this.reattachments.inc({ reason, result }, 0);
    for (const [direction, reason] of DROP_REASONS) this.dropped.inc({ direction, reason }, 0);
    for (const role of ['user', 'agent'])
      for (const outcome of ['complete', 'interrupted']) this.turns.inc({ role, outcome }, 0);
    for (const outcome of TOOL_OUTCOMES) this.toolCalls.inc({ outcome }, 0);
    for (const kind of ['refused', 'timeout', 'lost']) this.providerErrors.inc({ kind }, 0);
    for (const result of ['ok', 'failed', 'lost']) this.writes.inc({ result }, 0);
    for (const direction of ['input', 'output']) this.tokens.inc({ direction }, 0);
    this.tick();
  }

  /** `network`: what counts as one client. */
  upgradeRefused(reason: RefusalReason, network: string): void {
    this.upgraded(reason);
    this.limited.info(`upgrade ${reason}`, { reason, network }, 'upgrade refused');
  }

  /** A connection is over before it said which call it is for. */
  unstartedEnded(how: UnstartedEnd): void {
    this.sockets.unstartedEnded(how);
    this.limited.info(`unstarted ${how}`, { how }, 'connection without a call ended');
  }

  upgraded(result: (typeof UPGRADE_RESULTS)[number]): void {
    this.upgrades.inc({ result });
  }

  socketOpened(): void {
    this.upgraded('accepted');
    this.sockets.opened();
  }

  watchUnsent(readBytes: () => number): void {
    this.sockets.watchUnsent(readBytes);
  }

  socketClosed(side: ClosingSide, code: number): void {
    this.sockets.closed(side, code);
    this.log.debug({ side, code }, 'connection closed');
  }

  setupStagePassed(callId: string, passed: PassedStage): void {
    this.setup.stagePassed(passed);
    if (passed.stage === CALL_IS_ON) this.log.info({ callId, setupMs: Math.round(passed.elapsedMs) }, 'call started');
  }

  callHeld(): void {
    this.activeCalls += 1;
    this.peakCalls = Math.max(this.peakCalls, this.activeCalls);
    this.active.set(this.activeCalls);
    this.peak.set(this.peakCalls);
  }

  callLetGo(how: 'ended' | 'moved'): void {
    this.activeCalls -= 1;
    this.active.set(this.activeCalls);
    if (how === 'moved') this.handedOver.inc();
    if (this.drainingSince > 0) this.drainDuration.set((performance.now() - this.drainingSince) / 1000);
  }

  callTakenOver(callId: string): void {
    this.takenOver.inc();
    this.log.info({ callId }, 'call taken over from another gateway');
  }

  callSupplanted(callId: string): void {
    this.log.warn({ callId }, 'another gateway holds this call now');
  }

  draining(): void {
    this.drain.set(1);
    this.drainingSince = performance.now();
    this.log.info({ calls: this.activeCalls }, 'draining');
  }

  storeFailed(callId: string, error: unknown): void {
    this.storeFailures.inc();
    this.log.warn({ callId, err: error }, 'the store of calls does not answer');
  }

  callEnded(callId: string, reason: string, durationMs: number): void {
    this.ended.inc({ reason });
    this.duration.observe(durationMs / 1000);
    this.log.info({ callId, reason, durationMs }, 'call ended');
  }

  clientReattached(callId: string): void {
    this.clientReattachments.inc();
    this.log.info({ callId }, 'client came back');
  }

  callRefused(kind: ErrorKind): void {
    this.ended.inc({ reason: refusedAs(kind) });
    this.limited.info(`call ${kind}`, { kind }, 'call refused');
  }

  frameRelayed(direction: Direction, bytes: number): void {
    this.frameCounts[direction] += 1;
    this.byteCounts[direction] += bytes;
  }

  frameDropped(direction: Direction, reason: 'invalid' | 'too_fast' | 'provider_slow' | 'client_slow'): void {
    this.dropped.inc({ direction, reason });
  }

  clientMessageRefused(budget: RefusedMessage): void {
    this.sockets.messageRefused(budget);
  }

  /** A caller's frame on its way to the provider, one a second and call. */
  uplinkSampled(interarrivalMs: number, gatewayInUs: number): void {
    this.latency.uplinkSampled(interarrivalMs, gatewayInUs);
  }

  turnFinished(turn: TurnState, traceId?: string): void {
    this.turns.inc({ role: turn.role, outcome: turn.interrupted ? 'interrupted' : 'complete' });
    this.latency.turnFinished(turn, traceId);
    this.tokens.inc({ direction: 'input' }, turn.usage?.promptTokens ?? 0);
    this.tokens.inc({ direction: 'output' }, turn.usage?.responseTokens ?? 0);
  }

  toolFinished(outcome: string, durationMs: number): void {
    this.toolCalls.inc({ outcome });
    this.toolDuration.observe(durationMs / 1000);
  }

  providerFailed(callId: string, failure: ProviderFailure): void {
    this.providerErrors.inc({ kind: failure.kind });
    this.log.warn({ callId, ...failure }, 'provider connection failed');
  }

  providerGoingAway(callId: string, timeLeftMs: number): void {
    this.log.info({ callId, timeLeftMs }, 'provider announced the end of its connection');
  }

  /** The line to the provider could not be brought back. */
  providerGivenUp(callId: string, reason: ReattachReason): void {
    this.reattachments.inc({ reason, result: 'failed' });
    this.log.error({ callId, reason }, 'provider connection could not be replaced');
  }

  providerReattached(callId: string, info: Reattached): void {
    this.reattachments.inc({ reason: info.reason, result: info.fresh ? 'fresh' : 'resumed' });
    this.reattachGap.observe(info.gapMs / 1000);
    this.replayed.inc(info.replayedMs);
    this.lost.inc(info.lostMs);
    this.log.info({ callId, ...info }, 'provider connection replaced');
  }

  journalFailed(callId: string, error: Error): void {
    this.writes.inc({ result: 'failed' });
    this.log.warn({ callId, err: error }, 'events not stored yet, trying again');
  }

  /** Logged at the first failure in a row; the health of `transcripts` tells the rest. */
  renewalFailed(error: unknown, failuresInARow: number): void {
    if (failuresInARow === 1) this.log.warn({ err: error }, 'conversations not renewed, trying again');
  }

  journalLost(callId: string, count: number, error: Error): void {
    this.writes.inc({ result: 'lost' }, count);
    this.log.error({ callId, count, err: error }, 'events can not be stored');
  }

  journalWritten(): void {
    this.writes.inc({ result: 'ok' });
  }

  // A labelled counter costs a hash per call, which fifty frames a second and call would feel: plain numbers, moved over once a second.
  private readonly frameCounts = { up: 0, down: 0 };
  private readonly byteCounts = { up: 0, down: 0 };

  tick(): void {
    for (const direction of ['up', 'down'] as const) {
      this.frames.inc({ direction }, this.frameCounts[direction]);
      this.bytes.inc({ direction }, this.byteCounts[direction]);
      this.frameCounts[direction] = 0;
      this.byteCounts[direction] = 0;
    }
  }
}
