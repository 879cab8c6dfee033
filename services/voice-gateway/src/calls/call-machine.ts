/**
 * The rules of a call: a pure function from a state and an event to the next state and what is to be done. It reads no clock, does
 * no I/O and never waits, so no rule can be overtaken half-way.
 */
import { MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import type { CallEffect, CallEvent, CallState, ToolCallState, TurnState } from './call-state.js';
import { isEmpty, isKeptOpenByTool } from './call-situation.js';
import { newTurn } from './call-state.js';
import { heardOf } from './heard-text.js';
import { timingsOf } from './latency-ledger.js';

export interface Transition {
  state: CallState;
  effects: CallEffect[];
}

/** How long an interrupted turn waits for the client to say how far it had played. */
export const CUT_DEADLINE_MS = 500;
/** How much longer than its audio a generated turn may take to be reported as played. */
export const PLAYBACK_SLACK_MS = 3_000;
/** Text of what the caller said may come this long after the answer to it has begun. */
export const LATE_TRANSCRIPT_MS = 1_000;
/** How long a turn that has been played waits for the provider to close it, which brings its usage. */
const LATE_TURN_COMPLETE_MS = 1_500;
/** A turnComplete that is later than this will not come: the latest seen came after 50 s. */
const OWED_TURN_COMPLETE_MS = 60_000;
/** The model hears of a text within this time, and says no more of the turn that it cut. */
const STALE_AUDIO_MS = 2_500;
const MAX_HELD_TEXTS = 16;
/** A caller who pauses this long, unanswered, begins a new turn. */
const USER_PAUSE_MS = 5_000;
/** A position within this much of the end counts as the end: the last report is made before the last sample. */
const PLAYED_TOLERANCE_MS = 60;
/** A model that calls tools without end is told to stop. */
const MAX_TOOL_CALLS_PER_TURN = 64;
/** A turn that waits for a tool and then for the model's words. */
const TOOL_TURN_DEADLINE_MS = 90_000;

export function transition(state: CallState, event: CallEvent): Transition {
  if (state.phase === 'ended') return { state, effects: [] };
  const step = new Step(state, event);
  step.take(event);
  return step.finish();
}

/** One transition in the making: a copy of the state, and the effects so far. */
class Step {
  private readonly state: CallState;
  private readonly effects: CallEffect[] = [];
  private ending: CallEffect | undefined;

  private readonly at: number;

  constructor(state: CallState, event: CallEvent) {
    this.at = event.at;
    this.state = {
      ...state,
      turns: state.turns.map((turn) => ({ ...turn, toolCalls: turn.toolCalls.map((call) => ({ ...call })) })),
    };
    const generating = this.openAgentTurn();
    if (generating) generating.generatedMs = Math.max(generating.generatedMs, event.generatedMs);
  }

  take(event: CallEvent): void {
    switch (event.type) {
      case 'provider.ready':
        return this.start();
      case 'provider.firstAudio':
        return this.firstAudio(event);
      case 'provider.inputTranscript':
        return this.userSpoke(event.text);
      case 'provider.outputTranscript':
        return this.agentSpoke(event.text);
      case 'provider.interrupted':
        return this.interrupt();
      case 'provider.generationComplete':
        return this.generated();
      case 'provider.turnComplete':
        return this.turnComplete();
      case 'provider.toolCalls':
        for (const call of event.calls) this.toolCalled(call);
        return;
      case 'provider.toolCallsCancelled':
        for (const id of event.ids) this.toolCancelled(id);
        return;
      case 'provider.usage':
        return this.used(event.usage);
      case 'provider.lost':
        return this.providerLost();
      case 'provider.reheard':
        return this.reheard();
      case 'provider.failed':
        return this.end('provider_failed', event.failure.detail);
      case 'audio.departed':
        return this.update(event.turn, (turn) => void (turn.gatewayOutUs ??= event.gatewayOutUs));
      case 'client.text':
        return this.textCame(event.text, event.id);
      case 'client.playback':
        return this.played(event.turn, event.playedMs);
      case 'tool.finished':
        return this.toolFinished(event);
      case 'turn.deadline':
        return this.update(event.turn, (turn) => this.close(turn));
      case 'call.end':
        return this.end(event.reason, event.detail ?? '');
      default:
        event satisfies never;
    }
  }

  finish(): Transition {
    const { turns } = this.state;
    // Turns are stored in the order in which they began, so one that is closed may have to wait for the one before it.
    while (turns[0]?.phase === 'closed') {
      const turn = turns.shift()!;
      if (!isEmpty(turn)) this.effects.push({ type: 'store.turn', turn, heard: heardOf(turn) });
    }
    if (this.ending) this.effects.push(this.ending);
    return { state: this.state, effects: this.effects };
  }

  private start(): void {
    if (this.state.phase !== 'starting') return;
    this.state.phase = 'live';
    this.effects.push({ type: 'started' });
    if (this.state.greeting === '') return;
    const text = `The call has just begun. Greet the caller by saying exactly: "${this.state.greeting}"`;
    this.effects.push({ type: 'provider.text', text });
  }

  // The caller's side

  private userSpoke(text: string): void {
    const user = this.state.turns.findLast((turn) => turn.role === 'user' && turn.phase === 'open');
    if (user && this.at - user.endedAt > USER_PAUSE_MS) this.close(user);
    const turn = user && user.phase === 'open' ? user : this.open('user');
    turn.text += text;
    turn.endedAt = this.at;
    this.state.awaitingAnswer = true;
    this.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
  }

  private textCame(text: string, id: string | undefined): void {
    if (id === undefined) return this.userWrote(text);
    const isNew = !this.state.textIds.includes(id);
    if (isNew) this.state.textIds = [...this.state.textIds, id].slice(-MAX_UNACKNOWLEDGED_TEXTS);
    this.effects.push({ type: 'text.taken', id });
    if (isNew) this.userWrote(text);
  }

  private userWrote(text: string): void {
    const playing = this.audibleAgentTurn();
    if (playing?.phase === 'open') this.state.staleSince = this.at;
    if (playing) this.cut(playing);
    for (const turn of this.state.turns) if (turn.role === 'user') this.close(turn);
    const turn = this.open('user', 'text');
    turn.text = text;
    this.state.lastTextAt = this.at;
    this.state.awaitingAnswer = true;
    this.send({ type: 'transcript.delta', turn: turn.turn, role: 'user', text });
    this.close(turn);
    const cut = this.state.turns.findLast((earlier) => earlier.phase === 'cut');
    if (!cut) this.effects.push({ type: 'provider.text', text });
    else if (this.state.heldTexts.length < MAX_HELD_TEXTS) this.state.heldTexts.push({ turn: cut.turn, text });
  }

  private played(turnNumber: number, playedMs: number): void {
    this.update(turnNumber, (turn) => {
      if (turn.role !== 'agent') return;
      if (playedMs > 0 && turn.firstPlayedAt === 0) turn.firstPlayedAt = this.at - playedMs;
      turn.playedMs = Math.max(turn.playedMs, Math.min(playedMs, turn.generatedMs));
      if (turn.phase === 'cut') this.close(turn);
      else if (turn.phase === 'playing') this.closeIfPlayed(turn);
    });
  }

  // The agent's side

  private firstAudio({ lastVoiceAt, speechEnd }: Extract<CallEvent, { type: 'provider.firstAudio' }>): void {
    if (this.isStale()) return;
    const turn = this.agentTurn();
    if (turn.firstAudioAt > 0) return;
    turn.firstAudioAt = this.at;
    // Only what answers the user has an answer time: a greeting has none, nor has what is said about a tool's result later on.
    const askedAt = Math.max(lastVoiceAt, this.state.lastTextAt);
    if (askedAt > this.state.lastFirstAudioAt) {
      turn.askedAt = askedAt;
      turn.providerFirstAudioMs = Math.max(0, this.at - askedAt);
      if (askedAt === lastVoiceAt) Object.assign(turn, speechEnd);
    }
    this.state.lastFirstAudioAt = this.at;
  }

  private agentSpoke(text: string): void {
    if (this.isStale()) return;
    const turn = this.unfinishedAgentTurn() ?? this.agentTurn();
    const continuation = this.asContinuation(turn, text);
    turn.text += continuation;
    turn.marks.push({ audioMs: turn.generatedMs, textLength: turn.text.length });
    this.send({ type: 'transcript.delta', turn: turn.turn, role: 'agent', text: continuation });
  }

  /** For the model, what it says about a tool's result may begin a turn. In ours, words came before: they need a space between. */
  private asContinuation(turn: TurnState, text: string): string {
    const saysResult = turn.phase === 'open' && turn.toolCalls.some((call) => call.outcome !== undefined);
    if (!this.state.modelDone || !saysResult) return text;
    this.state.modelDone = false;
    return turn.text === '' || /\s$/.test(turn.text) || /^\s/.test(text) ? text : ` ${text}`;
  }

  /** The model has not taken note yet of what the user wrote into its turn. */
  private isStale(): boolean {
    const { staleSince } = this.state;
    if (staleSince > 0 && this.at - staleSince > STALE_AUDIO_MS) this.state.staleSince = 0;
    return this.state.staleSince > 0;
  }

  private interrupt(): void {
    this.state.staleSince = 0;
    const turn = this.audibleAgentTurn();
    if (turn) this.cut(turn);
  }

  private turnComplete(): void {
    this.state.staleSince = 0;
    const owed = this.state.owesTurnCompleteSince;
    this.state.owesTurnCompleteSince = 0;
    // It may come long after the turn, when the next one is being generated already: that one goes on.
    if (owed > 0 && this.at - owed < OWED_TURN_COMPLETE_MS && this.openAgentTurn()) return;
    this.state.modelDone = true;
    this.generated();
    const turn = this.unfinishedAgentTurn();
    if (!turn) return;
    turn.complete = true;
    this.closeIfPlayed(turn);
  }

  /** A turn that is being played and that the provider has not closed yet: its last text may still come. */
  private unfinishedAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast((turn) => turn.role === 'agent' && turn.phase === 'playing' && !turn.complete);
  }

  private generated(): void {
    const turn = this.openAgentTurn();
    if (!turn) return;
    // The model may end its turn to wait for a tool: what it says about the result still belongs to this turn.
    if (turn.toolCalls.some((call) => call.outcome === undefined)) return;
    turn.phase = 'playing';
    this.closeEarlierUserTurns(turn);
    this.closeIfPlayed(turn);
  }

  /**
   * The turn that the model is generating, begun now if need be. When the caller has said something since, the turnComplete of the
   * older turn never came, and this is the answer.
   */
  private agentTurn(): TurnState {
    const turn = this.openAgentTurn();
    const answered = turn && this.state.turns.some((user) => user.role === 'user' && user.turn > turn.turn);
    if (turn && !answered) return turn;
    if (turn) turn.phase = 'playing';
    return this.open('agent');
  }

  private openAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast((turn) => turn.role === 'agent' && turn.phase === 'open');
  }

  /** The turn that the caller hears now. */
  private audibleAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast(
      (turn) => turn.role === 'agent' && (turn.phase === 'open' || turn.phase === 'playing'),
    );
  }

  private cut(turn: TurnState): void {
    turn.phase = 'cut';
    turn.interrupted = true;
    turn.endedAt = this.at;
    this.closeEarlierUserTurns(turn);
    for (const call of turn.toolCalls) if (call.outcome === undefined) this.toolCancelled(call.id);
    this.send({ type: 'interrupted', turn: turn.turn });
    this.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: CUT_DEADLINE_MS });
  }

  private closeIfPlayed(turn: TurnState): void {
    if (isKeptOpenByTool(turn)) return;
    const leftMs = turn.generatedMs - turn.playedMs;
    if (leftMs <= PLAYED_TOLERANCE_MS && turn.complete) this.close(turn);
    else if (leftMs <= PLAYED_TOLERANCE_MS)
      this.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TURN_COMPLETE_MS });
    else this.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: leftMs + PLAYBACK_SLACK_MS });
  }

  private providerLost(): void {
    this.state.modelDone = true;
    this.state.owesTurnCompleteSince = 0;
    this.state.staleSince = 0;
    // What the next connection says belongs to none of the turns of this one.
    for (const turn of this.state.turns) {
      if (turn.role !== 'agent' || turn.complete || (turn.phase !== 'open' && turn.phase !== 'playing')) continue;
      turn.phase = 'playing';
      turn.complete = true;
      this.closeEarlierUserTurns(turn);
      this.closeIfPlayed(turn);
    }
  }

  private reheard(): void {
    const user = this.state.turns.findLast((turn) => turn.role === 'user' && turn.phase === 'open');
    if (user) user.text = '';
  }

  // Tools

  private toolCalled(request: { id: string; name: string; arguments: unknown }): void {
    const known = this.state.turns.some((turn) => turn.toolCalls.some((call) => call.id === request.id));
    if (known) return; // providers repeat calls after a reconnect
    const turn = this.agentTurn();
    const call: ToolCallState = { ...request, startedAt: this.at };
    if (turn.toolCalls.length >= MAX_TOOL_CALLS_PER_TURN) return this.refuseTool(call);
    turn.toolCalls.push(call);
    this.send({
      type: 'tool.started',
      turn: turn.turn,
      toolCallId: call.id,
      name: call.name,
      arguments: call.arguments,
    });
    this.effects.push({ type: 'tool.run', call });
    this.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: TOOL_TURN_DEADLINE_MS });
  }

  private refuseTool({ id, name }: ToolCallState): void {
    const error = `This turn has made ${MAX_TOOL_CALLS_PER_TURN} tool calls already. Answer with what you have.`;
    this.effects.push({ type: 'provider.toolResults', results: [{ id, name, error }] });
  }

  private toolCancelled(id: string): void {
    const found = this.findToolCall(id);
    if (!found || found.call.outcome !== undefined) return;
    this.settle(found.turn, found.call, {
      outcome: 'cancelled',
      result: { error: 'cancelled by the caller' },
      durationMs: this.at - found.call.startedAt,
    });
    this.effects.push({ type: 'tool.abort', id });
  }

  private toolFinished(event: Extract<CallEvent, { type: 'tool.finished' }>): void {
    const found = this.findToolCall(event.id);
    if (!found || found.call.outcome !== undefined) return;
    const { turn, call } = found;
    this.settle(turn, call, event);
    const result = event.outcome === 'ok' ? { output: event.result } : { error: event.result };
    this.effects.push({ type: 'provider.toolResults', results: [{ id: call.id, name: call.name, ...result }] });
    if (turn.phase === 'playing' && turn.complete) this.closeIfPlayed(turn);
  }

  private settle(
    turn: TurnState,
    call: ToolCallState,
    end: Pick<Required<ToolCallState>, 'outcome' | 'durationMs'> & { result?: unknown },
  ): void {
    call.outcome = end.outcome;
    call.result = end.result;
    call.durationMs = end.durationMs;
    this.send({
      type: 'tool.finished',
      turn: turn.turn,
      toolCallId: call.id,
      name: call.name,
      outcome: end.outcome,
      result: end.result,
      durationMs: end.durationMs,
    });
  }

  private findToolCall(id: string): { turn: TurnState; call: ToolCallState } | undefined {
    for (const turn of this.state.turns) {
      const call = turn.toolCalls.find((candidate) => candidate.id === id);
      if (call) return { turn, call };
    }
    return undefined;
  }

  // Turns in general

  private used(usage: TurnState['usage']): void {
    const turn = this.state.turns.findLast((candidate) => candidate.role === 'agent');
    if (turn) turn.usage = usage;
  }

  private open(role: TurnState['role'], inputKind: TurnState['inputKind'] = 'audio'): TurnState {
    // Whatever was still being played when the model speaks anew has been played or never will be.
    if (role === 'agent')
      for (const turn of this.state.turns)
        if (turn.role === 'agent' && turn.phase === 'playing' && !isKeptOpenByTool(turn)) this.close(turn);
    if (role === 'agent')
      for (const turn of this.state.turns) if (turn.role === 'user' && turn.phase === 'open') this.awaitLateText(turn);
    if (role === 'agent') this.agentBegins();
    const turn = newTurn(++this.state.lastTurn, role, this.at, inputKind);
    this.state.turns.push(turn);
    this.send({ type: 'turn.started', turn: turn.turn, role });
    return turn;
  }

  private agentBegins(): void {
    this.state.awaitingAnswer = false;
    if (!this.state.modelDone) this.state.owesTurnCompleteSince = this.at;
    this.state.modelDone = false;
  }

  /** What the caller said may be transcribed only after the answer has begun. */
  private awaitLateText(turn: TurnState): void {
    this.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: LATE_TRANSCRIPT_MS });
  }

  private update(turnNumber: number, change: (turn: TurnState) => void): void {
    const turn = this.state.turns.find((candidate) => candidate.turn === turnNumber);
    if (turn && turn.phase !== 'closed') change(turn);
  }

  private closeEarlierUserTurns(before: TurnState): void {
    for (const turn of this.state.turns) if (turn.role === 'user' && turn.turn < before.turn) this.close(turn);
  }

  private close(turn: TurnState): void {
    if (turn.phase === 'closed') return;
    // A turn that nothing more was heard of is taken as played to its end, unless it was interrupted.
    if (turn.phase === 'open' || turn.phase === 'playing') turn.endedAt = Math.max(turn.endedAt, this.at);
    const heard = heardOf(turn);
    if (turn.phase === 'cut') this.tellHeard(turn, heard);
    turn.phase = 'closed';
    if (isEmpty(turn)) return;
    this.send({
      type: 'transcript.final',
      turn: turn.turn,
      role: turn.role,
      generated: turn.text,
      heard,
      interrupted: turn.interrupted,
    });
    this.send({
      type: 'turn.finished',
      turn: turn.turn,
      role: turn.role,
      ...(turn.role === 'agent' ? { timings: timingsOf(turn) } : {}),
    });
  }

  /** The model knows what it generated. What the caller heard of it is known only here, and only now. */
  private tellHeard(turn: TurnState, heard: string): void {
    const texts = this.state.heldTexts.filter((held) => held.turn === turn.turn);
    this.state.heldTexts = this.state.heldTexts.filter((held) => held.turn !== turn.turn);
    if (heard !== turn.text) this.effects.push({ type: 'provider.heard', heard, now: texts.length > 0 });
    for (const { text } of texts) this.effects.push({ type: 'provider.text', text });
  }

  private end(reason: Extract<CallEvent, { type: 'call.end' }>['reason'], detail: string): void {
    for (const turn of this.state.turns) this.endTurn(turn, reason);
    this.state.phase = 'ended';
    this.ending = { type: 'end', reason, detail };
  }

  /** The call ends in the middle of a turn: what was not played by then was not heard. */
  private endTurn(turn: TurnState, reason: string): void {
    if (turn.phase === 'closed') return;
    if (turn.role === 'agent' && turn.phase !== 'cut' && turn.generatedMs - turn.playedMs > PLAYED_TOLERANCE_MS)
      turn.interrupted = true;
    for (const call of turn.toolCalls) {
      if (call.outcome !== undefined) continue;
      this.settle(turn, call, {
        outcome: 'cancelled',
        result: { error: `the call ended: ${reason}` },
        durationMs: this.at - call.startedAt,
      });
      this.effects.push({ type: 'tool.abort', id: call.id });
    }
    this.close(turn);
  }

  private send(message: Extract<CallEffect, { type: 'send' }>['message']): void {
    this.effects.push({ type: 'send', message });
  }
}
