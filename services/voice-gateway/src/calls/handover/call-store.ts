/** Where a gateway keeps what another one needs to take a call over. In one process there is no other one. */
import type { CallStarted, GatewayMessage } from '@orbisvoice/client/protocol/messages';
import type { SessionSetup } from '../../provider/provider.js';
import type { CallTool } from '../../tools/tool-runner.js';
import type { CallState } from '../call-state.js';
import type { JournalSnapshot } from '../journal.js';
import type { MemorySnapshot } from '../resumption/conversation-memory.js';

/** What never changes in a call. */
export interface CallFacts {
  id: string;
  organizationId: string;
  agentId: string;
  maxCallSeconds: number;
  /** ms since the epoch. */
  startedAt: number;
  setup: SessionSetup;
  tools: CallTool[];
  started: Omit<CallStarted, 'resumeTicket'>;
}

/** What does. */
export interface CallProgress {
  state: CallState;
  /** Next audio frame to the client. */
  downlinkSequence: number;
  /** The client's last audio frame that need not be heard any more, -1 before the first. Absent where an older gateway saved. */
  heardUpTo?: number;
  /** The provider's newest handle, '' before the first. */
  handle: string;
  tickets: string[];
  /** `transcript.final` and `turn.finished` of the latest turns. */
  turnEnds: GatewayMessage[];
  memory: MemorySnapshot;
  journal: JournalSnapshot;
}

export interface ClaimedCall {
  facts: CallFacts;
  progress: CallProgress;
  /** Grows with each holder. Whoever has a lower one has been replaced. */
  fence: number;
}

/** `wanted`: saved, and another gateway waits for this one to let go. `fenced`: it holds the call already, and nothing was saved. */
export type SaveResult = 'saved' | 'wanted' | 'fenced';

export interface CallStore {
  /** False: calls can't move to another gateway. */
  readonly shared: boolean;
  save(facts: CallFacts, progress: CallProgress, fence: number): Promise<SaveResult>;
  /** The last save of a holder that lets go. False when it comes too late: another gateway has taken the call as it was saved last. */
  release(facts: CallFacts, progress: CallProgress, fence: number): Promise<boolean>;
  /**
   * Takes over the running call that this ticket belongs to. A holder that still lives is asked to let go first.
   * @throws Error while the store is away, or was too recently to know all that the holder knows
   */
  claim(ticket: string): Promise<ClaimedCall | undefined>;
  /**
   * Takes over calls whose holder has not been heard of for `silentMs`: running ones, to end them properly, and ended ones of which
   * something is not stored yet. None while the store was away too recently to tell who is silent.
   */
  claimOrphans(silentMs: number): Promise<ClaimedCall[]>;
  /** The store answers, and other gateways would take calls over. */
  isSteady(): Promise<boolean>;
  /** The holder of these calls is alive. Resolves with those that the store has forgotten, and that must be saved again. */
  renew(callIds: string[]): Promise<string[]>;
  /** The call has ended, and everything of it is stored. */
  remove(facts: CallFacts, fence: number): Promise<void>;
  /** Called when another gateway wants a call that this one holds. */
  onWanted(listener: (callId: string) => void): void;
  /** Called when the store is there again after it was away. */
  onBack(listener: () => void): void;
  /** @throws Error with a sentence when the store does not answer */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Injection token of the configured store. */
export const CALL_STORE = Symbol('CALL_STORE');

/** For one process: a call that is not here is nowhere. */
export class NoCallStore implements CallStore {
  readonly shared = false;

  async save(): Promise<SaveResult> {
    return 'saved';
  }

  async release(): Promise<boolean> {
    return true;
  }

  async claim(): Promise<undefined> {
    return undefined;
  }

  async claimOrphans(): Promise<ClaimedCall[]> {
    return [];
  }

  async isSteady(): Promise<boolean> {
    return true;
  }

  async renew(): Promise<string[]> {
    return [];
  }

  async remove(): Promise<void> {}

  onWanted(): void {}

  onBack(): void {}

  async check(): Promise<void> {}

  async close(): Promise<void> {}
}
