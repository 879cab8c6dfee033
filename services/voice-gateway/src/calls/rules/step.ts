/** One transition in the making: a copy of the state, and the effects so far. The rules of each subject work on it. */
import { isEmpty } from '../call-situation.js';
import type { CallEffect, CallEvent, CallState, TurnState } from '../call-state.js';
import { heardOf } from '../heard-text.js';

export interface Transition {
  state: CallState;
  effects: CallEffect[];
}

export class Step {
  readonly state: CallState;
  readonly effects: CallEffect[] = [];
  readonly at: number;
  /** The call's last effect, after all that its end brings with it. */
  ending: CallEffect | undefined;

  constructor(state: CallState, event: CallEvent) {
    this.at = event.at;
    this.state = {
      ...state,
      turns: state.turns.map((turn) => ({ ...turn, toolCalls: turn.toolCalls.map((call) => ({ ...call })) })),
    };
    const generating = this.openAgentTurn();
    if (generating) generating.generatedMs = Math.max(generating.generatedMs, event.generatedMs);
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

  send(message: Extract<CallEffect, { type: 'send' }>['message']): void {
    this.effects.push({ type: 'send', message });
  }

  update(turnNumber: number, change: (turn: TurnState) => void): void {
    const turn = this.state.turns.find((candidate) => candidate.turn === turnNumber);
    if (turn && turn.phase !== 'closed') change(turn);
  }

  openUserTurn(): TurnState | undefined {
    return this.state.turns.findLast((turn) => turn.role === 'user' && turn.phase === 'open');
  }

  openAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast((turn) => turn.role === 'agent' && turn.phase === 'open');
  }

  /** A turn that is being played and that the provider has not closed yet: its last text may still come. */
  unfinishedAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast((turn) => turn.role === 'agent' && turn.phase === 'playing' && !turn.complete);
  }

  /** The turn that the caller hears now. */
  audibleAgentTurn(): TurnState | undefined {
    return this.state.turns.findLast(
      (turn) => turn.role === 'agent' && (turn.phase === 'open' || turn.phase === 'playing'),
    );
  }
}
