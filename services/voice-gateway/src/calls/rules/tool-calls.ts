/** The model's tool calls: run once, told to the client, answered to the model. */
import { forModel } from '../../tools/model-result.js';
import { keptValue } from '../kept-value.js';
import type { CallEvent, ToolCallState, TurnState } from '../call-state.js';
import { closeIfPlayed } from './closing.js';
import { agentTurn } from './opening.js';
import type { Step } from './step.js';

/** A model that calls tools without end is told to stop. */
const MAX_TOOL_CALLS_PER_TURN = 64;
/** A turn that waits for a tool and then for the model's words. */
const TOOL_TURN_DEADLINE_MS = 90_000;

export function toolCalled(step: Step, request: { id: string; name: string; arguments: unknown }): void {
  const known = step.state.turns.some((turn) => turn.toolCalls.some((call) => call.id === request.id));
  if (known) return; // providers repeat calls after a reconnect
  const turn = agentTurn(step);
  const call: ToolCallState = { ...request, startedAt: step.at };
  if (turn.toolCalls.length >= MAX_TOOL_CALLS_PER_TURN) return refuse(step, call);
  turn.toolCalls.push(call);
  step.send({
    type: 'tool.started',
    turn: turn.turn,
    toolCallId: call.id,
    name: call.name,
    arguments: call.arguments,
  });
  step.effects.push({ type: 'tool.run', call });
  step.effects.push({ type: 'turn.deadline', turn: turn.turn, afterMs: TOOL_TURN_DEADLINE_MS });
}

function refuse({ effects }: Step, { id, name }: ToolCallState): void {
  const error = `This turn has made ${MAX_TOOL_CALLS_PER_TURN} tool calls already. Answer with what you have.`;
  effects.push({ type: 'provider.toolResults', results: [{ id, name, error }] });
}

export function toolCancelled(step: Step, id: string): void {
  const found = findToolCall(step, id);
  if (found) cancel(step, found.turn, found.call, 'cancelled by the caller');
}

export function toolFinished(step: Step, event: Extract<CallEvent, { type: 'tool.finished' }>): void {
  const found = findToolCall(step, event.id);
  if (!found || found.call.outcome !== undefined) return;
  const { turn, call } = found;
  settle(step, turn, call, { ...event, result: keptValue(event.result) });
  const result = event.outcome === 'ok' ? { output: event.result } : { error: forModel(event.result) };
  step.effects.push({ type: 'provider.toolResults', results: [{ id: call.id, name: call.name, ...result }] });
  if (turn.phase === 'playing' && turn.complete) closeIfPlayed(step, turn);
}

/** Nobody waits any more for the tools of a turn that still run. */
export function cancelTools(step: Step, turn: TurnState, why: string): void {
  for (const call of turn.toolCalls) cancel(step, turn, call, why);
}

function cancel(step: Step, turn: TurnState, call: ToolCallState, why: string): void {
  if (call.outcome !== undefined) return;
  settle(step, turn, call, {
    outcome: 'cancelled',
    result: { error: why },
    durationMs: step.at - call.startedAt,
  });
  step.effects.push({ type: 'tool.abort', id: call.id });
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

function findToolCall({ state }: Step, id: string): { turn: TurnState; call: ToolCallState } | undefined {
  for (const turn of state.turns) {
    const call = turn.toolCalls.find((candidate) => candidate.id === id);
    if (call) return { turn, call };
  }
  return undefined;
}
