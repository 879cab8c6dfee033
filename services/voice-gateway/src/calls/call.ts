/** A live call: feeds the state machine, carries out what it decides, and relays the audio. */
import type { CallEndReason, CallStarted, ClientMessage } from '@orbisvoice/client/protocol/messages';
import { AUDIO_HEADER_BYTES } from '@orbisvoice/client/protocol/audio-frame';
import { sampleBytesOf } from '../provider/agent-frame.js';
import { Downlink, Uplink } from './audio-path.js';
import type { CallOptions } from './call-options.js';
import { transition } from './call-machine.js';
import { beforeAnswer, isAtRest, isHearing, mustBeKept, playsUntil, turnInGeneration } from './call-situation.js';
import { newCall, savedCall } from './call-state.js';
import type { CallEffect, CallOccurrence, CallState, ToolCallState, TurnState } from './call-state.js';
import { CallKeeper } from './handover/call-keeper.js';
import type { CallProgress } from './handover/call-store.js';
import { Departure, type DepartingCall } from './handover/departure.js';
import { Settlement } from './handover/settlement.js';
import { sayFarewell, type Farewell } from './farewell.js';
import { ClientInput } from './client-input.js';
import { ClientLine, type ClientLink } from './client-line.js';
import { ProviderLink, type LinkListener, type Reattached } from './resumption/provider-link.js';
import { Recovery } from './resumption/recovery.js';
import { StallWatch } from './resumption/stall-watch.js';
import { RECORD_FULL } from './record-limit.js';
import { toStoredTurn } from './stored-turn.js';
import { TurnDeadlines } from './turn-deadlines.js';
import { TurnTraces } from './turn-traces.js';

/** A turn of the holder before, whose client does not report a position any more. */
const TAKEN_OVER_TURN_MS = 3_000;
const CLOSE_GOING_AWAY = 1001;
/** A caller who has been silent for this long is not in the middle of a sentence. */
const QUIET_MS = 700;

export class Call {
  private state: CallState;
  private readonly uplink: Uplink;
  private readonly traces: TurnTraces;
  private readonly downlink = new Downlink();
  private readonly link: ProviderLink;
  private readonly client: ClientLine;
  private readonly input: ClientInput;
  private readonly keeper: CallKeeper;
  private readonly departure: Departure;
  private readonly settlement: Settlement;
  private readonly recovery = new Recovery();
  private readonly stall = new StallWatch();
  private readonly deadlines = new TurnDeadlines((turn) => this.dispatch({ type: 'turn.deadline', turn }));
  private readonly queue: CallOccurrence[] = [];
  private dispatching = false;
  private started = false;
  private failureKind: Farewell['failureKind'] = 'lost';

  constructor(private readonly options: CallOptions) {
    const { facts, restored, store, fence } = options;
    this.uplink = new Uplink((interarrivalMs, us) => options.events.uplinkSampled(interarrivalMs, us));
    this.traces = new TurnTraces(options.tracing, facts);
    this.state = restored ? beforeAnswer(savedCall(restored.state)) : newCall(options.greeting);
    this.client = new ClientLine(options.client, {
      graceMs: options.clientGraceMs,
      onGivenUp: () => this.end('client_lost'),
    });
    this.input = new ClientInput(this.client, options.events, {
      state: () => this.state,
      dispatch: (occurrence) => this.dispatch(occurrence),
      end: (reason, detail) => this.end(reason, detail),
    });
    this.keeper = new CallKeeper({
      store,
      facts,
      fence,
      progress: () => this.progress(),
      onWanted: () => this.wanted(),
      onFenced: () => this.supplanted(),
      onTaken: () => options.events.callSupplanted(facts.id),
      onFailure: (error) => options.events.storeFailed(facts.id, error),
    });
    this.settlement = new Settlement(this.uplink, this.keeper, () => this.client.heartbeat(this.uplink.acknowledge()));
    this.departure = new Departure(this.departing(), this.keeper, options.journal);
    if (restored) this.restore(restored);
    this.link = new ProviderLink({
      provider: options.provider,
      policy: options.link,
      setup: facts.setup,
      history: () => this.recovery.forFreshSession(this.state),
      notes: () => this.recovery.forResumedSession(this.state),
      isQuiet: () => this.isQuiet(),
      listener: this.listener(),
      handedOver: restored && { handle: restored.handle, isSaidAgain: isHearing(this.state) },
    });
    if (restored) this.takeOver();
  }

  get id(): string {
    return this.options.facts.id;
  }

  get agentId(): string {
    return this.options.facts.agentId;
  }

  get organizationId(): string {
    return this.options.facts.organizationId;
  }

  /** Asks the client to go on over another gateway: at a quiet moment, or when twice that time is up. It goes within `goMs`. */
  requestMove(withinMs: number, goMs: number): void {
    this.departure.request(withinMs, goMs);
  }

  /** Another gateway asks for the call. */
  wanted(): void {
    void this.departure.wanted();
  }

  /** Another gateway has taken the call without this one's doing: it was thought dead. */
  supplanted(): void {
    if (this.state.phase === 'ended') return;
    this.options.events.callSupplanted(this.id);
    this.keeper.stop();
    this.fallSilent();
    this.leave();
  }

  /** A client that is still here looks for its call elsewhere. */
  private leave(): void {
    this.options.journal.abandon();
    this.client.close(CLOSE_GOING_AWAY, 'moving');
    this.options.onGone('moved');
  }

  private fallSilent(): void {
    this.state = { ...this.state, phase: 'ended' };
    this.deadlines.clear();
    this.traces.end('moved');
    this.link.close();
  }

  private departing(): DepartingCall {
    return {
      phase: () => this.state.phase,
      moment: () => ({ isQuiet: this.isQuiet(), isCovered: this.link.isCovered }),
      hasClient: () => this.client.isHere,
      sendAway: (withinMs) => this.client.send({ type: 'call.move', withinMs }),
      lineLost: () => this.lineLost(),
      fallSilent: () => this.fallSilent(),
      leave: () => this.leave(),
    };
  }

  private progress(): CallProgress {
    return {
      state: this.state,
      downlinkSequence: this.downlink.nextSequence,
      heardUpTo: this.uplink.heardUpTo(!isHearing(this.state)),
      handle: this.link.handle,
      ...this.client.snapshot(),
      memory: this.recovery.snapshot(),
      journal: this.options.journal.snapshot(),
    };
  }

  private restore(progress: CallProgress): void {
    this.started = true;
    this.downlink.restore(progress.downlinkSequence);
    this.uplink.restore(progress.heardUpTo ?? -1);
    for (const { turn } of progress.state.turns)
      if (!this.state.turns.some((kept) => kept.turn === turn)) this.client.send({ type: 'interrupted', turn });
    this.client.restore(progress);
    this.recovery.restore(progress.memory);
    this.options.journal.restore(progress.journal);
  }

  /** What the holder before had begun: turns that nobody finishes any more, and tools whose results are still wanted. */
  private takeOver(): void {
    this.lineLost();
    for (const turn of this.state.turns) {
      if (turn.phase === 'cut' || turn.phase === 'playing') this.deadlines.set(turn.turn, TAKEN_OVER_TURN_MS);
      for (const call of turn.toolCalls) if (call.outcome === undefined) void this.runTool(call);
    }
    this.keeper.touch();
  }

  /** A binary message of the client. */
  receiveAudio(frame: Buffer): void {
    if (this.state.phase !== 'live') return;
    this.client.ticketSeen();
    const now = Date.now();
    const begunAt = this.uplink.ledger.begin(now);
    const taken = this.uplink.take(frame, now);
    if (taken === 'stale') return;
    if (typeof taken === 'object') {
      this.options.events.frameDropped('up', 'invalid');
      this.reportClientError(taken.field, `${taken.field}: ${taken.message}`);
      return;
    }
    if (this.link.sendAudio(frame, AUDIO_HEADER_BYTES, this.uplink.voice))
      this.options.events.frameRelayed('up', frame.length - AUDIO_HEADER_BYTES);
    else this.options.events.frameDropped('up', 'provider_slow');
    if (begunAt > 0) this.uplink.ledger.departed(begunAt);
  }

  /** A control message of the client, validated. */
  receive(message: ClientMessage): void {
    this.client.ticketSeen();
    this.input.receive(message);
  }

  reportClientError(field: string, sentence: string): void {
    this.input.reportError(field, sentence);
  }

  /** The client's socket is gone. It may come back with its ticket, unless it hung up. */
  clientLost(link: ClientLink, how: 'hung_up' | 'moving' | 'lost'): void {
    this.client.detach(link);
    void this.departure.clientGone();
    if (how === 'moving' && this.options.store.shared) void this.departure.release();
    else if (how === 'hung_up' || !this.started) this.end('client_lost');
  }

  acceptsTicket(ticket: string): boolean {
    return this.started && this.state.phase !== 'ended' && this.client.accepts(ticket);
  }

  /** The client is back on another socket. What it sent and is not acknowledged for comes again, with its old numbers. */
  attachClient(link: ClientLink): void {
    this.client.attach(link, this.startedMessage());
    this.keeper.touch();
  }

  private startedMessage(): CallStarted {
    return { ...this.options.facts.started, resumeTicket: this.client.newTicket() };
  }

  end(reason: CallEndReason, detail?: string): void {
    this.departure.stay();
    this.dispatch({ type: 'call.end', reason, ...(detail === undefined ? {} : { detail }) });
  }

  /** Once a second, by the registry's one timer. */
  tick(now: number): void {
    if (this.state.phase === 'ended') return;
    this.client.heartbeat(this.uplink.acknowledge());
    this.uplink.ledger.tick(now);
    const { startedAt, maxCallSeconds } = this.options.facts;
    if (now - startedAt >= maxCallSeconds * 1000) this.end('max_duration');
    this.departure.goIfDue(now);
    if (this.isQuiet()) this.link.quiet();
    this.tellHeard(now);
    this.link.checkHearing(now, this.uplink.lastVoiceAt);
    const { awaitingAnswer } = this.state;
    const { speech } = this.uplink;
    const awaited = { playsUntil: playsUntil(this.state, this.downlink), awaitingAnswer, speech };
    if (this.link.isUp && this.stall.isStalled(now, awaited)) this.link.stalled();
  }

  private listener(): LinkListener {
    return {
      connected: () => this.options.setup?.passed('provider_connect'),
      started: () => this.dispatch({ type: 'provider.ready' }),
      audio: (frame) => this.relayDown(frame),
      inputTranscript: (text) => this.dispatch({ type: 'provider.inputTranscript', text }),
      outputTranscript: (text) => this.dispatch({ type: 'provider.outputTranscript', text }),
      interrupted: () => this.dispatch({ type: 'provider.interrupted' }),
      generationComplete: () => this.dispatch({ type: 'provider.generationComplete' }),
      turnComplete: () => {
        this.dispatch({ type: 'provider.turnComplete' });
        this.departure.goIfDue(Date.now());
      },
      toolCalls: (calls) => this.dispatch({ type: 'provider.toolCalls', calls }),
      toolCallsCancelled: (ids) => this.dispatch({ type: 'provider.toolCallsCancelled', ids }),
      usage: (usage) => this.dispatch({ type: 'provider.usage', usage }),
      covered: () => {
        this.recovery.covered();
        this.keeper.touch();
        this.departure.goIfDue(Date.now());
      },
      goingAway: (timeLeftMs) => this.options.events.providerGoingAway(this.id, timeLeftMs),
      connectionLost: (failure) => this.options.events.providerFailed(this.id, failure),
      dropped: () => this.lineLost(),
      reattached: (info, waiting) => this.reattached(info, waiting),
      failed: (failure) => {
        this.failureKind = failure.kind;
        this.options.events.providerFailed(this.id, failure);
        this.dispatch({ type: 'provider.failed', failure });
      },
      givenUp: (reason) => this.options.events.providerGivenUp(this.id, reason),
    };
  }

  /** The model's connection is gone, and with it what it was about to say. */
  private lineLost(): void {
    this.recovery.dropped(this.state, this.generatingTurn() > 0);
    this.dispatch({ type: 'provider.lost' });
  }

  private reattached(info: Reattached, waiting: string[]): string[] {
    this.options.events.providerReattached(this.id, info);
    this.stall.reattached(info.fresh);
    const lost = `${info.lostMs} ms of what you said were lost with the model provider's connection.`;
    if (info.lostMs > 0) this.client.tellError('unavailable', lost, { retryable: true });
    const texts = this.recovery.reattached(info, this.state, waiting);
    this.recovery.tellHeard(this.link);
    if (info.utteranceReplayed) this.dispatch({ type: 'provider.reheard' });
    if (texts.length > 0) this.dispatch({ type: 'provider.prompted' });
    return texts;
  }

  private tellHeard(now: number): void {
    const silentMs = now - this.uplink.lastVoiceAt;
    this.recovery.tellHeardInTime(this.link, {
      generating: this.generatingTurn() > 0,
      silentMs,
      quiet: this.isQuiet(),
    });
  }

  /** Nothing would be lost if the provider's connection were replaced now. */
  private isQuiet(): boolean {
    return isAtRest(this.state) && Date.now() - this.uplink.lastVoiceAt > QUIET_MS;
  }

  private relayDown(frame: Buffer): void {
    if (this.departure.isUnsure) {
      const copy = Buffer.from(frame); // it is ours for this call only
      return this.departure.holdBack(() => this.relayDown(copy));
    }
    const arrivedAt = performance.now();
    this.stall.sawOutput();
    let turn = this.generatingTurn();
    const first = turn === 0 || this.downlink.generatedMs(turn) === 0;
    if (first) {
      this.link.answered();
      this.uplink.answered();
      this.dispatch({ type: 'provider.firstAudio', speechEnd: this.uplink.ledger.speechEnd });
      turn = this.generatingTurn();
      if (turn === 0) return; // the call has ended
    }
    this.downlink.stamp(frame, turn);
    if (this.client.sendAudio(frame)) this.options.events.frameRelayed('down', sampleBytesOf(frame));
    else {
      this.options.events.frameDropped('down', 'client_slow');
      this.client.tellSlow();
    }
    if (!first) return;
    this.dispatch({ type: 'audio.departed', turn, gatewayOutUs: Math.round((performance.now() - arrivedAt) * 1000) });
    if (this.options.greeting !== '') this.options.setup?.passed('first_audio');
  }

  /** Number of the agent turn that is being generated, 0 when there is none. */
  private generatingTurn(): number {
    return turnInGeneration(this.state)?.turn ?? 0;
  }

  private dispatch(occurrence: CallOccurrence): void {
    if (this.departure.isUnsure) return this.departure.holdBack(() => this.dispatch(occurrence));
    this.queue.push(occurrence);
    if (this.dispatching) return;
    this.dispatching = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      const open = this.state.turns.findLast((turn) => turn.role === 'agent' && turn.phase === 'open');
      const generatedMs = open ? this.downlink.generatedMs(open.turn) : 0;
      this.stall.saw(next);
      const { speech } = this.uplink;
      const { state, effects } = transition(this.state, { at: Date.now(), generatedMs, speech, ...next });
      this.state = state;
      for (const effect of effects) {
        this.traces.take(effect, Date.now(), Math.max(this.uplink.lastVoiceAt, state.lastTextAt));
        this.carryOut(effect);
      }
      if (mustBeKept(effects)) this.keeper.touch();
    }
    this.dispatching = false;
    this.settlement.check(this.state);
  }

  private carryOut(effect: CallEffect): void {
    this.stall.did(effect);
    switch (effect.type) {
      case 'send':
        if (effect.message.type === 'interrupted') this.client.dropAudio();
        this.recovery.told(effect.message);
        return this.client.send(effect.message);
      case 'provider.text':
        return this.link.sendText(effect.text);
      case 'text.taken':
        return this.keeper.onceKept(() => this.client.send({ type: 'input.ack', id: effect.id }));
      case 'provider.heard':
        this.recovery.notes.add(effect.heard);
        return effect.now ? this.recovery.tellHeard(this.link) : this.tellHeard(Date.now());
      case 'provider.toolResults':
        return this.recovery.deliver(effect.results, this.link);
      case 'tool.run':
        return void this.runTool(effect.call);
      case 'tool.known':
        return this.recovery.known(effect.id);
      case 'tool.abort':
        return this.options.tools.abort(effect.id);
      case 'turn.deadline':
        return this.deadlines.set(effect.turn, effect.afterMs);
      case 'store.turn':
        return this.storeTurn(effect.turn, effect.heard);
      case 'started':
        this.started = true;
        this.options.setup?.passed('provider_ready');
        return this.client.send(this.startedMessage());
      case 'end':
        return this.finish(effect.reason, effect.detail);
      default:
        effect satisfies never;
    }
  }

  private storeTurn(turn: TurnState, heard: string): void {
    const event = { $case: 'turn', value: toStoredTurn(turn, heard) } as const;
    const traceId = this.traces.inTurn(turn, () => this.options.journal.record(event, new Date(turn.endedAt)));
    this.options.events.turnFinished(turn, traceId);
    this.recovery.memory.add(turn, heard);
    if (this.options.journal.isFull) this.end('max_duration', RECORD_FULL);
  }

  private async runTool(call: ToolCallState): Promise<void> {
    const finished = await this.traces.inTool(call.id, () => this.options.tools.run(call));
    this.options.events.toolFinished(finished.outcome, finished.durationMs);
    this.dispatch({ type: 'tool.finished', id: call.id, ...finished });
  }

  /** What waited for `transcripts` has become less, or the store has forgotten this call. */
  saveAgain(): void {
    this.keeper.touch();
  }

  /** The store is there again. */
  offerAgain(): void {
    this.keeper.offerAgain();
  }

  /** Everything is stored: the call may be forgotten by all gateways. */
  async forget(): Promise<void> {
    await this.keeper.remove();
  }

  private finish(reason: CallEndReason, detail: string): void {
    this.deadlines.clear();
    this.link.close();
    this.options.journal.record({ $case: 'ended', value: { reason, detail } }, new Date());
    this.keeper.saveNow();
    this.options.events.callEnded(this.id, reason, Date.now() - this.options.facts.startedAt);
    sayFarewell(this.client, { reason, detail, started: this.started, failureKind: this.failureKind });
    this.options.onGone('ended');
  }
}
