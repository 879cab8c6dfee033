/** What a call remembers about a line that was lost, so that the model can be told when there is one again. */
import type { ProviderToolResult } from '../../provider/provider.js';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import type { CallState, ToolCallResult } from '../call-state.js';
import { ConversationMemory, type MemorySnapshot } from './conversation-memory.js';
import { HeardNotes } from './heard-notes.js';
import type { ProviderLink, Reattached } from './provider-link.js';

/** A caller whose last sound is newer than this has not ended the sentence: no model takes less silence for an end. */
const SPEAKING_MS = 200;
/** What was not answered after this long will not be. */
const UNANSWERED_MS = 3_000;
const MAX_LATE_RESULTS = 64;

export class Recovery {
  readonly memory = new ConversationMemory();
  readonly notes = new HeardNotes();
  /** Tool calls that the provider's present connection does not know: their results go to it as text. */
  private readonly orphans = new Set<string>();
  private lateResults: ProviderToolResult[] = [];
  private cutOff = false;

  snapshot(): MemorySnapshot {
    return {
      ...this.memory.snapshot(),
      heardNotes: this.notes.snapshot(),
      cutOff: this.cutOff,
      lateResults: this.lateResults,
    };
  }

  restore(snapshot: MemorySnapshot): void {
    this.memory.restore(snapshot);
    this.notes.restore(snapshot.heardNotes ?? []);
    this.cutOff = snapshot.cutOff ?? false;
    this.lateResults = snapshot.lateResults ?? [];
  }

  /** For the set-up of a session that knows nothing. */
  forFreshSession({ turns }: CallState): string {
    return this.memory.forSetup(true, turns);
  }

  /** For the set-up of a session that is taken up again. */
  forResumedSession({ turns }: CallState): string {
    return [this.memory.forSetup(false, turns), this.notes.forSetup()].filter((text) => text !== '').join('\n');
  }

  /** The connection is gone. `generating`: the model was in the middle of a turn. */
  dropped(state: CallState, generating: boolean): void {
    this.cutOff ||= generating;
    for (const { toolCalls } of state.turns) {
      for (const call of toolCalls) if (call.outcome === undefined) this.orphans.add(call.id);
    }
  }

  /** The provider has asked again for a call that still runs. */
  known(callId: string): void {
    this.orphans.delete(callId);
  }

  /** The client is told this. When it is that the model begins to speak, what that was asked for need not be asked again. */
  told(message: GatewayMessage): void {
    if (message.type !== 'turn.started' || message.role !== 'agent') return;
    this.cutOff = false;
    this.lateResults = [];
  }

  /** There is a connection again, and `waiting` was written meanwhile. Returns what the model is sent. */
  reattached(info: Reattached, state: CallState, waiting: string[]): string[] {
    const { lateResults: late, cutOff } = this;
    const { request } = state;
    this.notes.reattached(info.fresh);
    // What is asked of the model is asked until it speaks: this connection may be lost before.
    const texts = waiting.filter((text) => text !== request);
    const unsaid = request !== '' && !cutOff && !state.awaitingAnswer ? [request] : [];
    if (info.utteranceReplayed) return [...unsaid, ...texts]; // the model hears the question itself once more
    // A text that is still held back will ask for its answer itself.
    const asks = state.heldTexts.length > 0;
    const awaitingAnswer = state.awaitingAnswer && !asks;
    const rest = cutOff && !asks;
    const situation = { fresh: info.fresh, running: state.turns, cutOff: rest, awaitingAnswer, late, request };
    const recap = this.memory.recap(situation);
    if (recap === '') return [...unsaid, ...texts];
    // It says what the caller wrote last and asks for the answer: sent beside it, the text would be answered a second time.
    return awaitingAnswer ? [recap] : [...unsaid, recap, ...texts];
  }

  /** Everything up to now is covered by a handle. */
  covered(): void {
    this.memory.covered();
    this.notes.covered(Date.now());
  }

  /** Tells the model what the caller heard of answers that were interrupted, if it does not know yet. */
  tellHeard(link: ProviderLink): void {
    this.notes.tell(Date.now(), (text) => link.sendNote(text));
  }

  /** The same, at a time that fits: a note ends what the model is generating, so it comes while the caller speaks, or long before or after. */
  tellHeardInTime(link: ProviderLink, call: { generating: boolean; silentMs: number; quiet: boolean }): void {
    if (!this.notes.isWaiting || !link.isUp || call.generating) return;
    if (call.silentMs < SPEAKING_MS || (call.quiet && call.silentMs > UNANSWERED_MS)) this.tellHeard(link);
  }

  /** Gives the model results of tools: as such where its session knows the call, else in words, at the latest with the next connection. */
  deliver(results: ToolCallResult[], link: ProviderLink): void {
    const known = results.filter(({ callId }) => !this.orphans.has(callId));
    if (known.length > 0) link.sendToolResults(known);
    const late = results.filter(({ callId }) => this.orphans.delete(callId));
    if (late.length === 0) return;
    this.lateResults = [...this.lateResults, ...late].slice(-MAX_LATE_RESULTS);
    if (!link.isUp) return;
    const situation = { fresh: false, running: [], cutOff: false, awaitingAnswer: false, late, request: '' };
    link.sendText(this.memory.recap(situation));
  }
}
