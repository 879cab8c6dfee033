import type { Pace } from '../session/pace.js';
import type { CloseReason } from '../wire/close-reasons.js';
import type { Setup } from '../wire/client-message.js';

/** Ms after `from` first happened on the connection: its setupComplete (default), a tool call, audio of the model, or a transcript of the caller. */
export interface Moment {
  from?: 'setup' | 'toolCall' | 'audio' | 'input';
  afterMs: number;
}

/**
 * What goes wrong with a connection. Every fault is decided when the connection comes in, or with its setup, so a test can give
 * each its own.
 */
export interface FaultPlan extends ToolFaults {
  // The beginning of a connection

  /** Answer the WebSocket handshake with this HTTP status instead. */
  handshakeStatus?: 429 | 503;
  /** Accept the WebSocket, then close it as for a key that is not valid. */
  refuseKey?: boolean | CloseReason;
  /** Take the setup and never answer it. */
  neverAnswerSetup?: boolean;
  /** Close instead of answering a setup. */
  refuseSetup?: CloseReason;
  /** Close instead of answering a setup that brings a handle, even a valid one. */
  refuseResume?: CloseReason;
  /** Close a resumed connection on which audio comes in faster than it can have been spoken. */
  refuseReplay?: CloseReason;
  /** More faults, decided when the setup is known. `handshakeStatus` and `refuseKey` come too late then. */
  atSetup?(setup: Setup): FaultPlan;

  /** Close instead of answering the first text, such as the one that asks for a greeting. */
  closeBeforeAnswer?: CloseReason;

  // Its end

  /** Announce the end, then close, if `close` is given. `thenSilent`: from the announcement on, neither hear nor say anything. */
  goAway?: Moment & { timeLeftMs: number; close?: CloseReason; thenSilent?: boolean };
  /** Close without a word. */
  closeAfter?: Moment & { close: CloseReason };
  /** Cut the TCP connection without a WebSocket close: the client sees 1006. */
  dropAfter?: Moment;
  /** Read nothing and write nothing any more, without closing: what is left of a connection whose network path has gone. */
  halfOpenAfter?: Moment;
  /** Count the session as still connected for this long after the connection's end, so that it can't be resumed (1011). */
  lingerMs?: number;

  // What a session says

  /** Give no resumption handle during this long a stretch. */
  unresumableMs?: number;
  /** Hear and transcribe, but generate nothing: where a poisoned handle leads. */
  poisoned?: boolean;
  /**
   * Transcribe what the caller says this long after it was heard, and with at least that much between two pieces: mostly when the answer
   * is being given already. Pieces have up to four characters.
   */
  transcribeLate?: { lateMs: number; betweenMs?: number };
  /** After a resumption transcribe once more what the caller had said last. */
  repeatTranscript?: boolean;
  /** Audio that comes slower than it plays (`speed` below 1), or in large bursts. */
  pace?: Partial<Pace>;
  /** In the first turn that is that long, send nothing any more after that much audio. */
  freezeOutputAfterMs?: number;
  /** Send turnComplete later, or never. */
  turnComplete?: { lateMs: number } | 'never';
  /** Put the messages of this long a time into one, field by field. */
  bundleMs?: number;
  /** A long beep instead of speech; the transcript is as it should be. */
  beep?: boolean;

  // Liveness

  /** Answer WebSocket pings this late. */
  pongLateMs?: number;
}

/** What goes wrong with tool calls. */
export interface ToolFaults {
  /** Go on with that much audio right after a tool call. */
  audioAfterToolCallMs?: number;
  /** Send every tool call again, as it was. */
  repeatToolCalls?: boolean;
  /** Make every tool call twice at once, with different ids. */
  parallelToolCalls?: boolean;
  /** Cancel every tool call after this time, although nobody said anything. */
  cancelToolsAfterMs?: number;
  /** Call tools without a word before, and say nothing until they have answered. */
  callToolsSilently?: boolean;
  /** Stop at an interruption without cancelling the tool calls: their answers are still taken. */
  interruptWithoutCancelling?: boolean;
  /** Call tools without an id, or all of them with the same one. */
  toolCallIds?: 'omitted' | 'repeated';
  /** Think for this long about a tool's answer before saying anything about it. */
  thinkAfterToolMs?: number;
}

export interface IncomingConnection {
  /** Number of this connection, from 1. */
  number: number;
  /** Path and query without credentials. */
  path: string;
  credential: 'key' | 'token';
}

/** One plan for every connection, or a plan for each. */
export type Faults = FaultPlan | ((connection: IncomingConnection) => FaultPlan);

export function planFor(faults: Faults, connection: IncomingConnection): FaultPlan {
  return typeof faults === 'function' ? faults(connection) : faults;
}
