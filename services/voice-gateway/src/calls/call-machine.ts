/**
 * The rules of a call: a pure function from a state and an event to the next state and what is to be done. It reads no clock, does
 * no I/O and never waits, so no rule can be overtaken half-way. The rules themselves are in `rules`, a file for each subject.
 */
import type { CallEvent, CallState } from './call-state.js';
import { agentSpoke, firstAudio, generated, interrupt, providerLost, turnComplete, used } from './rules/agent-turns.js';
import { end, start } from './rules/call-phases.js';
import { played, reheard, textCame, userSpoke } from './rules/caller-turns.js';
import { deadline } from './rules/closing.js';
import { Step, type Transition } from './rules/step.js';
import { toolCalled, toolCancelled, toolFinished } from './rules/tool-calls.js';

export function transition(state: CallState, event: CallEvent): Transition {
  if (state.phase === 'ended') return { state, effects: [] };
  const step = new Step(state, event);
  take(step, event);
  return step.finish();
}

function take(step: Step, event: CallEvent): void {
  switch (event.type) {
    case 'provider.ready':
      return start(step);
    case 'provider.firstAudio':
      return firstAudio(step, event);
    case 'provider.inputTranscript':
      return userSpoke(step, event.text);
    case 'provider.outputTranscript':
      return agentSpoke(step, event.text);
    case 'provider.interrupted':
      return interrupt(step);
    case 'provider.generationComplete':
      return generated(step);
    case 'provider.turnComplete':
      return turnComplete(step);
    case 'provider.toolCalls':
      for (const call of event.calls) toolCalled(step, call);
      return;
    case 'provider.toolCallsCancelled':
      for (const id of event.ids) toolCancelled(step, id);
      return;
    case 'provider.usage':
      return used(step, event.usage);
    case 'provider.lost':
      return providerLost(step);
    case 'provider.prompted':
      step.state.prompted = true;
      return;
    case 'provider.reheard':
      return reheard(step);
    case 'provider.failed':
      return end(step, 'provider_failed', event.failure.detail);
    case 'audio.departed':
      return step.update(event.turn, (turn) => void (turn.gatewayOutUs ??= event.gatewayOutUs));
    case 'client.text':
      return textCame(step, event.text, event.id);
    case 'client.playback':
      return played(step, event.turn, event.playedMs);
    case 'tool.finished':
      return toolFinished(step, event);
    case 'turn.deadline':
      return step.update(event.turn, (turn) => deadline(step, turn));
    case 'call.end':
      return end(step, event.reason, event.detail ?? '');
    default:
      event satisfies never;
  }
}
