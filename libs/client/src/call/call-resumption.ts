/**
 * What another page, or another process, needs to go on with a call: plain JSON, from `VoiceCall.resumption` to the option `resume`. Who has it
 * and a call token for the same agent has the call, so keep it where only the caller's own page finds it.
 */
import type { CallStarted } from '../protocol/messages.js';

export const RESUMPTION_FORMAT = 1;

export interface CallResumption {
  format: typeof RESUMPTION_FORMAT;
  /** When this was so, by the clock of `Date.now()`. */
  atMs: number;
  /** With the newest ticket. */
  started: CallStarted;
  uplink: UplinkPosition;
  downlink: { latestTurn: number; interruptedTurn: number };
  /** What has been said of each turn, so that more of it can be appended and nothing is told twice. */
  transcripts: { open: [turn: number, text: string][]; finished: [turn: number, generated: string][] };
  /** Texts that the gateway has not acknowledged, by their ids, as they are sent. */
  texts: [id: string, encoded: string][];
  /** The agent's audio that had come and was not played yet, where the page was left in order. */
  unplayed?: UnplayedAudio[];
}

/** How many frames and samples of the microphone there have been. */
export interface UplinkPosition {
  frames: number;
  samples: number;
}

export interface UnplayedAudio {
  turn: number;
  timestamp: number;
  /** Signed 16 bit, little endian. */
  base64: string;
}

/** Whether a value that was read from somewhere has been written by this version of the client. */
export function isResumption(value: unknown): value is CallResumption {
  if (typeof value !== 'object' || value === null) return false;
  const { format, atMs, started } = value as Partial<CallResumption>;
  return format === RESUMPTION_FORMAT && typeof atMs === 'number' && typeof started?.resumeTicket === 'string';
}
