import type { Faults } from './faults/fault-plan.js';
import { defaultScript } from './mind/default-script.js';
import type { MindScript } from './mind/mind-script.js';
import { NATURAL_PACE, type Pace } from './session/pace.js';
import { isLiveModel } from './session/session-settings.js';
import { isPrebuiltVoice } from './speech/prebuilt-voices.js';
import { type CloseReason, DEADLINE_EXPIRED } from './wire/close-reasons.js';

export interface SimulatorOptions {
  /** Keys that are accepted, or a test for them. Default: any that is not empty. */
  apiKeys?: string[] | ((key: string) => boolean);
  /** Which models ("models/...") exist. Default: every Gemini Live model, `simulated-live` and `simulated-echo`. */
  isKnownModel?: (model: string) => boolean;
  /** Which voices exist. Default: Gemini's, and `ToneCode`. */
  isKnownVoice?: (voiceName: string) => boolean;
  /** What the simulated model says and does. Default: `defaultScript`. */
  script?: MindScript;
  /** `tone`: always tone code. `speech`: always speech. Default: tone code for the voice `ToneCode`, else speech. */
  voice?: 'tone' | 'speech' | 'by-name';
  /** Default: as the real server, 200 ms a message, at most 500 ms ahead, real time. */
  pace?: Partial<Pace>;
  /** From the end of the input to the first output. Default 0. */
  responseDelayMs?: number;
  /** Like the real server, refuse to resume a session whose older connection is still open (1011). Default true. */
  refuseResumeWhileOpen?: boolean;
  /** The end of a connection's life, announced before. Default: after 10 minutes, announced 50 s before. */
  lifetime?: { connectionMs: number; announcedMs: number; close: CloseReason };
  /** What goes wrong. Default: nothing. */
  faults?: Faults;
  /** More connections are answered with 503. Default 2,000. */
  maxConnections?: number;
}

export interface ResolvedOptions extends Required<Omit<SimulatorOptions, 'apiKeys' | 'pace'>> {
  isValidKey(key: string): boolean;
  pace: Pace;
}

const DEFAULT_LIFETIME = { connectionMs: 10 * 60_000, announcedMs: 50_000, close: DEADLINE_EXPIRED };

export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  const { apiKeys } = options;
  return {
    isValidKey: typeof apiKeys === 'function' ? apiKeys : (key) => key !== '' && (apiKeys?.includes(key) ?? true),
    isKnownModel: options.isKnownModel ?? isLiveModel,
    isKnownVoice: options.isKnownVoice ?? isPrebuiltVoice,
    script: options.script ?? defaultScript,
    voice: options.voice ?? 'by-name',
    pace: { ...NATURAL_PACE, ...options.pace },
    responseDelayMs: options.responseDelayMs ?? 0,
    refuseResumeWhileOpen: options.refuseResumeWhileOpen ?? true,
    lifetime: options.lifetime ?? DEFAULT_LIFETIME,
    faults: options.faults ?? {},
    maxConnections: options.maxConnections ?? 2_000,
  };
}
