/** What keeps the two sides from hearing each other, and what the person in front of the page can do. */
import type { InputQuality } from '@orbisvoice/client/audio/input-monitor';

export interface SoundState {
  /** The browser has taken the page's sound away. */
  suspended: boolean;
  microphoneLost: boolean;
  /** Why a call that goes on after a reload has no microphone yet. */
  microphoneRefused?: string;
  /** The system or a switch gives silence for the microphone's sound. */
  microphoneSilenced: boolean;
  quality: InputQuality;
  muted: boolean;
}

export const GOOD_SOUND: SoundState = {
  suspended: false,
  microphoneLost: false,
  microphoneSilenced: false,
  quality: 'good',
  muted: false,
};

export interface SoundHint {
  text: string;
  /** What a button beside it does. */
  remedy?: 'resume' | 'mute' | 'microphone';
}

const QUALITY_HINTS: Record<Exclude<InputQuality, 'good'>, SoundHint> = {
  silent: {
    text: 'Nothing comes from the microphone. Is it switched on, and is it the right one in the system’s settings?',
  },
  noisy: {
    text: 'There is steady noise at the microphone, so the agent can’t tell when you speak. Get closer to it, or mute it while you listen.',
    remedy: 'mute',
  },
  clipping: { text: 'The microphone is too loud and distorts. Turn its level down, or move away from it.' },
};

/** The most urgent hint; undefined when all is well. */
export function soundHint(state: SoundState): SoundHint | undefined {
  if (state.suspended) {
    return {
      text: 'The browser has switched this page’s sound off. Click or tap anywhere to get it back.',
      remedy: 'resume',
    };
  }
  if (state.microphoneRefused !== undefined) return { text: state.microphoneRefused, remedy: 'microphone' };
  if (state.microphoneLost) return { text: 'The microphone is gone. The call goes on in silence until it is back.' };
  if (state.muted) return undefined;
  if (state.microphoneSilenced) {
    return {
      text: 'The microphone is muted by the system, by a switch on it, or another program has taken it. Switch it on there.',
    };
  }
  return state.quality === 'good' ? undefined : QUALITY_HINTS[state.quality];
}
