import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { transition } from '../src/calls/call-machine.js';
import {
  newCall,
  type CallEffect,
  type CallOccurrence,
  type CallState,
  type Speech,
  type ToolCallState,
} from '../src/calls/call-state.js';

/** Drives the machine like a call does, with a clock of its own. */
export class CallDriver {
  state: CallState;
  at = 1_000;
  effects: CallEffect[] = [];
  private readonly deadlines = new Map<number, number>();
  /** What the call's audio says of the caller. */
  speech: Speech = { since: 0, until: 0 };

  constructor(greeting = '') {
    this.state = newCall(greeting);
  }

  take(occurrence: CallOccurrence, { afterMs = 10, generatedMs = 0, speech = this.speech } = {}): CallEffect[] {
    this.at += afterMs;
    const { state, effects } = transition(this.state, { at: this.at, generatedMs, speech, ...occurrence });
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects)
      if (effect.type === 'turn.deadline') this.deadlines.set(effect.turn, this.at + effect.afterMs);
    return effects;
  }

  /** Time in which nothing happens but deadlines. */
  passes(ms: number): void {
    const until = this.at + ms;
    for (;;) {
      const [turn, at] = [...this.deadlines].toSorted(([, one], [, other]) => one - other)[0] ?? [0, Infinity];
      if (at > until) break;
      this.deadlines.delete(turn);
      this.take({ type: 'turn.deadline', turn }, { afterMs: at - this.at });
    }
    this.at = until;
  }

  live(): this {
    this.take({ type: 'provider.ready' });
    return this;
  }

  /** The tools that were run, in order. */
  get runs(): ToolCallState[] {
    return this.effects.flatMap((effect) => (effect.type === 'tool.run' ? [effect.call] : []));
  }

  get storedTools(): ToolCallState[] {
    return this.effects.flatMap((effect) => (effect.type === 'store.turn' ? effect.turn.toolCalls : []));
  }

  get messages(): GatewayMessage[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  }

  get stored() {
    return this.effects.flatMap((effect) =>
      effect.type === 'store.turn'
        ? [
            {
              role: effect.turn.role,
              text: effect.turn.text,
              heard: effect.heard,
              interrupted: effect.turn.interrupted,
            },
          ]
        : [],
    );
  }
}

export const said = (text: string): CallOccurrence => ({ type: 'provider.inputTranscript', text });
export const answered = (text: string): CallOccurrence => ({ type: 'provider.outputTranscript', text });
export const firstAudio: CallOccurrence = { type: 'provider.firstAudio' };
export const turnComplete: CallOccurrence = { type: 'provider.turnComplete' };
export const played = (turn: number, playedMs: number): CallOccurrence => ({ type: 'client.playback', turn, playedMs });
