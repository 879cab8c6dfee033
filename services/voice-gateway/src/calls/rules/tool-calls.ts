/** The model's tool calls: run once, told to the client, answered to the model. */
import type { ProviderToolCall } from '../../provider/provider.js';
import { forModel } from '../../tools/model-result.js';
import { keptValue } from '../kept-value.js';
import type { CallEvent, ToolCallState, TurnState } from '../call-state.js';
import { closeIfPlayed } from './closing.js';
import { agentTurn } from './opening.js';
import type { Step } from './step.js';
import { isPending, newCallId, remember, repeatedCall } from './tool-call-ids.js';

/** A model that calls tools without end is told to stop. */
const MAX_TOOL_CALLS_PER_TURN = 64;
/** A turn that waits for a tool and then for the model's words. */
const TOOL_TURN_DEADLINE_MS = 90_000;

export function toolCalled(step: Step, request: ProviderToolCall): void {
  const { state } = step;
  const repeated = repeatedCall(state, request);
  if (repeated && (isPending(state, repeated.id) || repeated.connection === state.connection)) {
    remember(state, repeated, request);
    step.effects.push({ type: 'tool.known', id: repeated.id });
    return;
  }
  const turn = agentTurn(step);
  if (turn.toolCalls.length >= MAX_TOOL_CALLS_PER_TURN) return refuse(step, request);
  // Asked for once more on another connection, it is run under its old id: `tools` gives the outcome that it has.
  const id = repeated?.id ?? newCallId(turn, request);
  remember(state, { id, turn: turn.turn }, request);
  const { id: providerId, name, arguments: given } = request;
  const call: ToolCallState = { id, providerId, name, arguments: given, startedAt: step.at };
  turn.toolCalls.push(call);
  step.send({ type: 'tool.started', turn: turn.turn, toolCallId: id, name, arguments: given });
  step.effects.push({ type: 'tool.run', call });
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: TOOL_TURN_DEADLINE_MS });
}

function refuse({ effects }: Step, { id, name }: ProviderToolCall): void {
  const error = `This turn has made ${MAX_TOOL_CALLS_PER_TURN} tool calls already. Answer with what you have.`;
  effects.push({ type: 'provider.toolResults', results: [{ callId: '', id, name, error }] });
}

/** The provider does not want the result any more. The request to the tool is on its way already, so nobody knows what it did. */
export function toolCancelled(step: Step, providerId: string): void {
  for (const turn of step.state.turns) {
    const call = turn.toolCalls.find((candidate) => isRunning(candidate) && providerIdOf(candidate) === providerId);
    if (!call) continue;
    const result = { error: 'Cancelled by the model while it ran: it may have taken effect.' };
    settle(step, turn, call, { outcome: 'cancelled', result, durationMs: step.at - call.startedAt });
    step.effects.push({ type: 'tool.abort', id: call.id });
  }
}

export function toolFinished(step: Step, event: Extract<CallEvent, { type: 'tool.finished' }>): void {
  for (const turn of step.state.turns) {
    const call = turn.toolCalls.find((candidate) => candidate.id === event.id && isRunning(candidate));
    if (!call) continue;
    settle(step, turn, call, { ...event, result: keptValue(event.result) });
    const result = event.outcome === 'ok' ? { output: event.result } : { error: forModel(event.result) };
    const told = { callId: call.id, id: providerIdOf(call), name: call.name, ...result };
    step.effects.push({ type: 'provider.toolResults', results: [told] });
    if (turn.phase === 'playing' && turn.complete) closeIfPlayed(step, turn);
    return;
  }
}

/** The call ends, and nobody waits for what still runs. It is left to finish: cut off, it would have taken effect as well as not. */
export function leaveTools(step: Step, turn: TurnState, reason: string): void {
  for (const call of turn.toolCalls) {
    if (!isRunning(call)) continue;
    const result = { error: `The call ended (${reason}) while the tool ran: it may have taken effect.` };
    settle(step, turn, call, { outcome: 'unknown', result, durationMs: step.at - call.startedAt });
  }
}

function isRunning(call: ToolCallState): boolean {
  return call.outcome === undefined;
}

function providerIdOf(call: ToolCallState): string {
  return call.providerId ?? call.id;
}

function settle(
  step: Step,
  turn: TurnState,
  call: ToolCallState,
  end: Pick<Required<ToolCallState>, 'outcome' | 'durationMs'> & { result?: unknown },
): void {
  call.outcome = end.outcome;
  call.result = end.result;
  call.durationMs = end.durationMs;
  step.send({
    type: 'tool.finished',
    turn: turn.turn,
    toolCallId: call.id,
    name: call.name,
    outcome: end.outcome,
    result: end.result,
    durationMs: end.durationMs,
  });
}
