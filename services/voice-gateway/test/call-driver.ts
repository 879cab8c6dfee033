import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { transition } from '../src/calls/call-machine.js';
import { newCall, type CallEffect, type CallOccurrence, type CallState } from '../src/calls/call-state.js';

/** Drives the machine like a call does, with a clock of its own. */
export class CallDriver {
  state: CallState;
  at = 1_000;
  effects: CallEffect[] = [];

  constructor(greeting = '') {
    this.state = newCall(greeting);
  }

  take(occurrence: CallOccurrence, { afterMs = 10, generatedMs = 0 } = {}): CallEffect[] {
    this.at += afterMs;
    const { state, effects } = transition(this.state, { at: this.at, generatedMs, ...occurrence });
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  live(): this {
    this.take({ type: 'provider.ready' });
    return this;
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
export const firstAudio: CallOccurrence = { type: 'provider.firstAudio', lastVoiceAt: 0 };
export const turnComplete: CallOccurrence = { type: 'provider.turnComplete' };
export const played = (turn: number, playedMs: number): CallOccurrence => ({ type: 'client.playback', turn, playedMs });
