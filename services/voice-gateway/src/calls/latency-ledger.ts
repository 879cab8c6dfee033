/**
 * Where the time between the caller's last sound and the first one of the answer goes, per turn:
 *
 *   capture -> gateway          uplinkMs
 *   through the gateway         gatewayInUs
 *   provider                    providerFirstAudioMs
 *   through the gateway         gatewayOutUs
 *   gateway -> loudspeaker      firstPlayedMs
 *
 * The gateway's own share is the two in microseconds, from a message's arrival in this process to the answering write.
 */
import type { TurnState } from './call-state.js';

/** What is known of the caller's last sound when the answer begins. */
export interface SpeechEnd {
  uplinkMs: number;
  gatewayInUs: number | undefined;
}

/** Frames are compared with those of the last one or two windows: clocks drift, and a client may pause. */
const WINDOW_MS = 10_000;

/**
 * A call's uplink. Client and gateway have different clocks, so only differences count: a frame's delay is how much longer it took than
 * the fastest one in the last 10 to 20 s. Their path through this process is measured once a second, which costs the others nothing.
 */
export class UplinkLedger {
  private fastest = Infinity;
  private fastestBefore = Infinity;
  private windowSince = 0;
  private voiceDelay = 0;
  private arrivedAt = 0;
  private interarrivalMs = 0;
  private due = false;
  private gatewayInUs: number | undefined;

  constructor(private readonly onSampled: (interarrivalMs: number, gatewayInUs: number) => void) {}

  /** Once a second. */
  tick(now: number): void {
    this.due = true;
    if (now - this.windowSince < WINDOW_MS) return;
    this.windowSince = now;
    this.fastestBefore = this.fastest;
    this.fastest = Infinity;
  }

  /** A frame has come whose first sample was captured `capturedMs` after the client's first. */
  arrived(at: number, capturedMs: number, hasVoice: boolean): void {
    const delay = at - capturedMs;
    if (delay < this.fastest) this.fastest = delay;
    if (hasVoice) this.voiceDelay = delay;
  }

  /** Beginning of a measurement; 0 when none is due. */
  begin(at: number): number {
    const sinceLast = at - this.arrivedAt;
    this.arrivedAt = at;
    if (!this.due) return 0;
    this.due = false;
    this.interarrivalMs = sinceLast;
    return performance.now();
  }

  /** The frame of that measurement is on its way to the provider. */
  departed(begunAt: number): void {
    this.gatewayInUs = Math.round((performance.now() - begunAt) * 1000);
    this.onSampled(this.interarrivalMs, this.gatewayInUs);
  }

  get speechEnd(): SpeechEnd {
    const baseline = Math.min(this.fastest, this.fastestBefore);
    const uplinkMs = Number.isFinite(baseline) ? Math.max(0, Math.round(this.voiceDelay - baseline)) : 0;
    return { uplinkMs, gatewayInUs: this.gatewayInUs };
  }
}

/** The ledger of an agent's turn. What is not known for it is left out. */
export function timingsOf(turn: TurnState) {
  const departedAt = turn.firstAudioAt + (turn.gatewayOutUs ?? 0) / 1000;
  const played = turn.firstPlayedAt > 0 && turn.firstAudioAt > 0;
  return {
    ...known({
      speechEndedAt: turn.providerFirstAudioMs === undefined ? undefined : new Date(turn.askedAt).toISOString(),
      uplinkMs: turn.uplinkMs,
      gatewayInUs: turn.gatewayInUs,
      providerFirstAudioMs: turn.providerFirstAudioMs,
      gatewayOutUs: turn.gatewayOutUs,
      firstPlayedMs: played ? Math.max(0, Math.round(turn.firstPlayedAt - departedAt)) : undefined,
    }),
    audioGeneratedMs: Math.round(turn.generatedMs),
    audioPlayedMs: Math.round(turn.playedMs),
  };
}

function known<Values extends object>(values: Values): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
