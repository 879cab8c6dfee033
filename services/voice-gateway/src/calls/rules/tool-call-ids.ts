/**
 * Which tool call is meant. The provider's id is its own business: it may be missing, be used again for something else, or come twice.
 * A call gets an id of ours, which is also what keeps it from being run twice, here and at its endpoint.
 */
import { createHash } from 'node:crypto';
import type { ProviderToolCall } from '../../provider/provider.js';
import type { CallState, RecentToolCall, TurnState } from '../call-state.js';

/** A provider repeats what it asked for last, if anything. */
const MAX_RECENT = 64;

/** The call that the provider asks for once more; undefined when it is a new one. */
export function repeatedCall(state: CallState, request: ProviderToolCall): RecentToolCall | undefined {
  if (request.id === '') return undefined;
  const sought = fingerprintOf(request);
  const recent = state.recentToolCalls.findLast(({ fingerprint }) => fingerprint === sought);
  if (!recent || isPending(state, recent.id) || recent.connection !== state.connection) return recent;
  // It was answered on this connection: in the same turn it is told twice, in a later one it is asked anew.
  return state.turns.some(({ turn, phase }) => turn === recent.turn && phase === 'open') ? recent : undefined;
}

export function isPending({ turns }: CallState, id: string): boolean {
  return turns.some(({ toolCalls }) => toolCalls.some((call) => call.id === id && call.outcome === undefined));
}

/** Unique in the conversation, and the same when a gateway that knows less of it is asked for the same call in the same turn. */
export function newCallId({ turn, toolCalls }: TurnState, request: ProviderToolCall): string {
  const id = `${turn}-${fingerprintOf(request)}`;
  const same = toolCalls.filter((call) => call.id === id || call.id.startsWith(`${id}-`)).length;
  return same === 0 ? id : `${id}-${same + 1}`;
}

/** Remembers a call as asked for on the connection in use. */
export function remember(state: CallState, call: { id: string; turn: number }, request: ProviderToolCall): void {
  const entry = { ...call, fingerprint: fingerprintOf(request), connection: state.connection };
  const others = state.recentToolCalls.filter(({ id }) => id !== call.id);
  state.recentToolCalls = [...others, entry].slice(-MAX_RECENT);
}

function fingerprintOf({ id, name, arguments: given }: ProviderToolCall): string {
  return createHash('sha256')
    .update(JSON.stringify([id, name, given ?? {}]))
    .digest('hex')
    .slice(0, 24);
}
