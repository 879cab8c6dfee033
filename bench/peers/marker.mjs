/** The audio that every caller sends and the detector that every caller listens with, whatever the transport. */
export const SAMPLE_RATE_HZ = 16_000;
export const FRAME_MS = 40;
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ / 1000) * FRAME_MS;
/**
 * Each second: a burst of tone (the marker), noise of the loudness of speech, then quiet noise, which no codec takes for silence. The
 * provider answers what is not quiet, so the agent speaks half of the time and every player can run empty between two answers.
 */
const SECOND_FRAMES = 25;
const MARKER_FRAMES = 2;
const SPEECH_FRAMES = 12;
const TONE_HZ = 500;
const TONE_AMPLITUDE = 12_000;
const SPEECH_AMPLITUDE = 1_600;
const QUIET_AMPLITUDE = 200;
const NOISE_FRAMES = 8;
const LOUD = 4_000;
/** Every fourth sample is enough for a tone of 500 or, echoed at 24 kHz, 750 Hz. */
const STEP = 4;
/** So much quiet must come before an onset: longer than any gap within a burst. */
const QUIET_MS = 200;

const noise = (amplitude) =>
  Array.from({ length: NOISE_FRAMES }, () =>
    Int16Array.from({ length: FRAME_SAMPLES }, () => (Math.random() * 2 - 1) * amplitude),
  );
const speech = noise(SPEECH_AMPLITUDE);
const quiet = noise(QUIET_AMPLITUDE);
const tone = Array.from({ length: MARKER_FRAMES }, (_, frame) =>
  Int16Array.from(
    { length: FRAME_SAMPLES },
    // A cosine: loud from its first sample.
    (_each, i) => TONE_AMPLITUDE * Math.cos((2 * Math.PI * TONE_HZ * (frame * FRAME_SAMPLES + i)) / SAMPLE_RATE_HZ),
  ),
);

/** Frame `index` of a caller's microphone: 40 ms of 16 kHz mono. A marker begins where `isOnset`. */
export function microphoneFrame(index) {
  const place = index % SECOND_FRAMES;
  const isQuiet = place >= SPEECH_FRAMES;
  const samples = tone[place] ?? (isQuiet ? quiet : speech)[index % NOISE_FRAMES];
  return { samples, isOnset: place === 0, isQuiet };
}

/** Finds the onsets of tone bursts in audio that comes in pieces. */
export class OnsetDetector {
  #quietSamples;
  #neededSamples;

  constructor(sampleRateHz) {
    this.#neededSamples = (sampleRateHz / 1000) * QUIET_MS;
    this.#quietSamples = this.#neededSamples;
  }

  /** Whether a burst begins in this piece (Int16Array, mono). */
  hears(samples) {
    let onset = false;
    for (let i = 0; i < samples.length; i += STEP) {
      if (samples[i] < LOUD && samples[i] > -LOUD) this.#quietSamples += STEP;
      else {
        if (this.#quietSamples >= this.#neededSamples) onset = true;
        this.#quietSamples = 0;
      }
    }
    return onset;
  }
}
