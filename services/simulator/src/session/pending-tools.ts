import { randomInt } from 'node:crypto';
import type { ToolFaults } from '../faults/fault-plan.js';
import type { ToolOutcome, ToolRequest } from '../mind/mind-script.js';
import type { FunctionResponse } from '../wire/client-message.js';
import type { ModelTurn } from './model-turn.js';

const MAX_PENDING = 100;

export interface IssuedCall extends ToolRequest {
  id: string;
  /** What the client is told as the id; undefined: nothing. */
  toldId: string | undefined;
  blocking: boolean;
  turn: ModelTurn;
  /** For a blocking call: the turn goes on with this. */
  resolve?: (outcome: ToolOutcome) => void;
}

/** Tool calls that the client has not answered yet. */
export class PendingTools {
  private readonly calls = new Map<string, IssuedCall>();

  constructor(private readonly ids?: ToolFaults['toolCallIds']) {}

  get size(): number {
    return this.calls.size;
  }

  /** Takes note of a call under a new id. The oldest is forgotten when there are too many. */
  issue(call: Omit<IssuedCall, 'id' | 'toldId'>): IssuedCall {
    const id = `function-call-${randomInt(10 ** 11, 10 ** 12)}${randomInt(10 ** 7, 10 ** 8)}`;
    const toldId = this.ids === 'omitted' ? undefined : this.ids === 'repeated' ? 'function-call-1' : id;
    const issued = { ...call, id, toldId };
    this.calls.set(id, issued);
    if (this.calls.size > MAX_PENDING) this.calls.delete(this.calls.keys().next().value ?? '');
    return issued;
  }

  /** The call that a response answers; undefined when it was cancelled or never made. It stays pending if more will come. */
  answer(response: FunctionResponse): IssuedCall | undefined {
    const told = [...this.calls.values()].filter(({ toldId }) => toldId === response.id);
    // An id that does not tell one call from another is helped by the name, and by the order.
    const call = told.find(({ name }) => name === response.name) ?? told[0];
    if (call && !(response.willContinue && !call.blocking)) this.calls.delete(call.id);
    return call;
  }

  /** Forgets the calls of a turn that was interrupted, and every blocking one; gives their ids. */
  cancel(turn: ModelTurn): string[] {
    const cancelled = [...this.calls.values()].filter((call) => call.turn === turn || call.blocking);
    for (const { id } of cancelled) this.calls.delete(id);
    return toldIds(cancelled);
  }

  /** No turn waits for them any more; their answers are still taken. */
  detach(): void {
    for (const call of this.calls.values()) call.blocking = false;
  }

  /** Forgets every call; gives their ids. */
  cancelAll(): string[] {
    const cancelled = [...this.calls.values()];
    this.calls.clear();
    return toldIds(cancelled);
  }
}

function toldIds(calls: IssuedCall[]): string[] {
  return calls.flatMap(({ toldId }) => (toldId === undefined ? [] : [toldId]));
}

/** A client's response as the mind sees it. The real model takes a response without a name as a failure. */
export function toOutcome(call: IssuedCall, response: FunctionResponse): ToolOutcome {
  const outcome: ToolOutcome = { name: call.name, args: call.args, response: response.response ?? {} };
  return response.name === call.name
    ? outcome
    : { ...outcome, failure: 'the answer did not say which tool it came from' };
}
