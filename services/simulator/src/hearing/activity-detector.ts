const BLOCK_MS = 10;
/** -45 dB of full scale. */
const QUIETEST_SPEECH = 184;
/** Speech must be this much louder than the steady noise. */
const ABOVE_NOISE = 3;
const NOISE_RISE_PER_BLOCK = 1.002;
/** Pauses inside a word or between syllables that do not start the count anew. */
const BRIDGED_MS = 100;

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
  private noise = 20;
  private power = 0;
  private counted = 0;
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

  /** Silence from here on, whatever comes next begins anew. */
  reset(): void {
    this.active = false;
    this.soundMs = 0;
    this.quietMs = 0;
  }

  private takeBlock(loudness: number): ActivityChange {
    const loud = loudness > Math.max(QUIETEST_SPEECH, ABOVE_NOISE * this.noise);
    this.noise = Math.min(loudness + 1, this.noise * NOISE_RISE_PER_BLOCK);
    if (loud) {
      this.soundMs += BLOCK_MS;
      this.quietMs = 0;
      if (this.active || this.soundMs < this.settings.startMs) return undefined;
      this.active = true;
      return 'started';
    }
    this.quietMs += BLOCK_MS;
    if (!this.active) {
      if (this.quietMs >= BRIDGED_MS) this.soundMs = 0;
      return undefined;
    }
    if (this.quietMs < this.settings.silenceMs) return undefined;
    this.active = false;
    return 'ended';
  }
}
