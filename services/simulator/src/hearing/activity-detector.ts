import { NoiseFloor } from './noise-floor.js';

const BLOCK_MS = 10;
/** -45 dB of full scale. */
const QUIETEST_SPEECH = 184;
/** Speech must be this much louder than the steady noise. */
const ABOVE_NOISE = 3;
/** Pauses inside a word or between syllables that do not start the count anew. */
const BRIDGED_MS = 100;
/** Shorter sounds without a word, one after the other, are beeps or coughs: each makes the next one wait longer until it counts. */
const SHORT_SOUND_MS = 1_000;
const WARY_START_MS = 250;
const MAX_WARY_START_MS = 1_000;

export interface ActivitySettings {
  /** Sound needed before it counts as begun. */
  startMs: number;
  /** Silence needed before it counts as ended. */
  silenceMs: number;
}

export type ActivityChange = 'started' | 'ended' | undefined;

/**
 * Hears by loudness when somebody begins and stops to speak. Time is the audio's own: what arrives late or in bursts
 * makes no difference.
 */
export class ActivityDetector {
  /** Somebody speaks. */
  active = false;
  /** Loud time since the activity began. */
  soundMs = 0;
  private quietMs = 0;
  private loudnessSum = 0;
  /** Short sounds without a word since the last word. */
  private shortSounds = 0;
  private power = 0;
  private counted = 0;
  private readonly noise = new NoiseFloor(BLOCK_MS);
  private readonly blockSamples: number;

  constructor(
    private readonly settings: ActivitySettings,
    sampleRateHz: number,
  ) {
    this.blockSamples = Math.round((BLOCK_MS / 1000) * sampleRateHz);
  }

  /** Takes a short piece of audio (at most about `silenceMs`) and says what changed in it. */
  push(samples: Int16Array): ActivityChange {
    let change: ActivityChange;
    for (let n = 0; n < samples.length; n++) {
      this.power += (samples[n] as number) ** 2;
      if (++this.counted < this.blockSamples) continue;
      change = this.takeBlock(Math.sqrt(this.power / this.blockSamples)) ?? change;
      this.power = 0;
      this.counted = 0;
    }
    return change;
  }

  /** Takes activity as begun now, because a word was heard. */
  start(): void {
    this.active = true;
    this.quietMs = 0;
  }

  /** What was heard was meant: the next sound counts at once again. */
  trust(): void {
    this.shortSounds = 0;
  }

  /** What was heard had no word in it. */
  distrust(): void {
    if (this.soundMs < SHORT_SOUND_MS) this.shortSounds++;
  }

  /** Whatever is loud now is there all the time, and nobody's speech. */
  takeAsNoise(): void {
    this.noise.raise();
  }

  /** Whether all that was loud since the activity began has turned out to be a noise that goes on. */
  get onlyNoise(): boolean {
    return this.soundMs > 0 && this.loudnessSum / (this.soundMs / BLOCK_MS) <= ABOVE_NOISE * this.noise.level;
  }

  /** Silence from here on, whatever comes next begins anew. */
  reset(): void {
    this.active = false;
    this.quietMs = 0;
    this.forgetSound();
  }

  private takeBlock(loudness: number): ActivityChange {
    this.noise.add(loudness);
    if (loudness > Math.max(QUIETEST_SPEECH, ABOVE_NOISE * this.noise.level)) {
      this.soundMs += BLOCK_MS;
      this.loudnessSum += loudness;
      this.quietMs = 0;
      if (this.active || this.soundMs < this.neededMs) return undefined;
      this.active = true;
      return 'started';
    }
    this.quietMs += BLOCK_MS;
    if (!this.active) {
      if (this.quietMs >= BRIDGED_MS) this.forgetSound();
      return undefined;
    }
    if (this.quietMs < this.settings.silenceMs) return undefined;
    this.active = false;
    return 'ended';
  }

  private get neededMs(): number {
    const { startMs } = this.settings;
    if (this.shortSounds === 0) return startMs;
    return Math.max(startMs, Math.min(MAX_WARY_START_MS, WARY_START_MS * 2 ** (this.shortSounds - 1)));
  }

  private forgetSound(): void {
    this.soundMs = 0;
    this.loudnessSum = 0;
  }
}
