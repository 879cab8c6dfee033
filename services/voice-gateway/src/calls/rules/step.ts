/** One transition in the making: a copy of the state, and the effects so far. The rules of each subject work on it. */
import { awaitsTool, isEmpty } from '../call-situation.js';
import type { CallEffect, CallEvent, CallState, Speech, TurnState } from '../call-state.js';
import { heardOf } from '../heard-text.js';

export interface Transition {
  state: CallState;
  effects: CallEffect[];
}

export class Step {
  readonly state: CallState;
  readonly effects: CallEffect[] = [];
  readonly at: number;
  readonly speech: Speech;
  /** The call's last effect, after all that its end brings with it. */
  ending: CallEffect | undefined;

  constructor(state: CallState, event: CallEvent) {
    this.at = event.at;
    this.speech = event.speech ?? { since: 0, until: 0 };
    this.state = {
      ...state,
      turns: state.turns.map((turn) => ({ ...turn, toolCalls: turn.toolCalls.map((call) => ({ ...call })) })),
    };
    const generating = this.openAgentTurn();
    if (generating) generating.generatedMs = Math.max(generating.generatedMs, event.generatedMs);
  }

  finish(): Transition {
    const { turns } = this.state;
    // Turns are stored in the order in which they began, so one that is closed may have to wait for the one before it, and each for
    // the tools that still run: an interrupted turn is over long before they are.
    while (turns[0]?.phase === 'closed' && !awaitsTool(turns[0])) {
      const turn = turns.shift()!;
      if (!isEmpty(turn)) this.effects.push({ type: 'store.turn', turn, heard: heardOf(turn) });
    }
    if (this.ending) this.effects.push(this.ending);
    return { state: this.state, effects: this.effects };
  }

  send(message: Extract<CallEffect, { type: 'send' }>['message']): void {
    this.effects.push({ type: 'send', message });
  }

  /** Something that the model has to answer. */
  prompt(text: string): void {
    this.state.prompted = true;
    this.effects.push({ type: 'provider.text', text });
  }

  update(turnNumber: number, change: (turn: TurnState) => void): void {
    const turn = this.state.turns.find((candidate) => candidate.turn === turnNumber);
    if (turn && turn.phase !== 'closed') change(turn);
  }

  /** What the caller is saying or has said, as far as nobody has begun to answer it. */
  unansweredTurn(): TurnState | undefined {
    const turn = this.state.turns.at(-1);
    return turn?.role === 'user' && turn.phase === 'open' ? turn : undefined;
  }

  /** Turns of the caller whose answer has begun, and whose last words may still come. */
  answeredTurns(): TurnState[] {
    const open = (turn: TurnState) => turn.role === 'user' && turn.phase === 'open';
    return this.state.turns.slice(0, this.state.turns.findLastIndex(({ role }) => role === 'agent') + 1).filter(open);
  }

  /** In the order of the conversation, which isn't always that of their numbers. */
  follows(turn: TurnState, earlier: TurnState): boolean {
    return this.state.turns.indexOf(turn) > this.state.turns.indexOf(earlier);
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
