const FULL_SCALE = 32_768;
/** 3 ms at 24 kHz: too short to be heard as a fade, long enough not to click. */
const FADE_SAMPLES = 72;

/** Takes the clicks out of sound that begins and ends in the middle of a wave: fades in, and lets the last value die away. */
export class ClickFilter {
  #fadeInLeft = 0;
  #decayLeft = 0;
  #decayFrom = 0;
  #last = 0;

  begin(): void {
    this.end();
    this.#fadeInLeft = FADE_SAMPLES;
  }

  /** The sound stops after what has been written. */
  end(): void {
    if (this.#last === 0) return;
    this.#decayLeft = FADE_SAMPLES;
    this.#decayFrom = this.#last;
    this.#last = 0;
  }

  sound(samples: Int16Array, target: Float32Array, start: number): void {
    let value = this.#last;
    for (let index = 0; index < samples.length; index++) {
      value = samples[index]! / FULL_SCALE;
      if (this.#fadeInLeft > 0) value *= 1 - this.#fadeInLeft-- / FADE_SAMPLES;
      if (this.#decayLeft > 0) value += this.#decay();
      target[start + index] = value;
    }
    this.#last = value;
  }

  /** Fills the rest of `target` from `start`. */
  silence(target: Float32Array, start: number): void {
    for (let index = start; index < target.length; index++) target[index] = this.#decayLeft > 0 ? this.#decay() : 0;
  }

  #decay(): number {
    return this.#decayFrom * (--this.#decayLeft / FADE_SAMPLES);
  }
}
