import type { CallEndReason, CallStarted, GatewayMessage } from '../protocol/messages.js';
import type { CallStateName } from './call-state.js';
import type { VoiceError } from './voice-error.js';

type Told<Type extends GatewayMessage['type']> = Omit<Extract<GatewayMessage, { type: Type }>, 'type'>;

/** A piece of the agent's speech: mono, 24 kHz, signed 16 bit. */
export interface AgentAudio {
  turn: number;
  sequence: number;
  /** Index of the first sample within the turn. */
  timestamp: number;
  /** May view memory of the connection: copy it to keep or to transfer it. */
  samples: Int16Array;
}

export interface CallEnded {
  reason: CallEndReason;
  detail?: string;
  /** Why, when the call failed rather than ended. */
  error?: VoiceError;
}

/** Events of a `VoiceCall`, in the past tense, with what each carries. */
export interface CallEvents {
  /** The call is on. `resumed` when a lost connection was taken up again. */
  started: CallStarted & { resumed: boolean };
  stateChanged: { from: CallStateName; to: CallStateName };
  turnStarted: Told<'turn.started'>;
  /** `text` is all of the turn so far, `delta` what was added. */
  transcriptUpdated: Told<'transcript.delta'> & { delta: string };
  transcriptFinished: Told<'transcript.final'>;
  interrupted: Told<'interrupted'>;
  toolStarted: Told<'tool.started'>;
  toolFinished: Told<'tool.finished'>;
  turnFinished: Told<'turn.finished'>;
  audioReceived: AgentAudio;
  /** The gateway wants to stop. The call moves by itself; nothing needs to be done. */
  moveRequested: Told<'call.move'>;
  /** Something went wrong; the call goes on unless `ended` follows. */
  error: VoiceError;
  /** Last event, exactly once, also after a start that failed. */
  ended: CallEnded;
}

export interface CallStats {
  framesSent: number;
  /** Microphone frames that were never sent because the connection was slow for more than 2 s, or away for more than 10 s. */
  framesDropped: number;
  framesReplayed: number;
  /** Sent, kept, and not acknowledged yet. */
  framesUnacknowledged: number;
  agentFramesReceived: number;
  /** Agent frames that are missing by their sequence numbers. */
  agentFramesLost: number;
  reconnects: number;
}
