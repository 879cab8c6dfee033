/** Rate of the audio that Gemini Live speaks with. */
export const OUTPUT_RATE_HZ = 24_000;

/** A piece of speech, such as a sentence. */
export interface SpokenPiece {
  /** Mono samples at 24,000 Hz. */
  samples: Int16Array;
  /** Parts of the transcript, each with the sample at which its sound begins. Together they are the text, spaces included. */
  bits: { atSample: number; text: string }[];
}

export interface Voice {
  /** Speaks `text` piece by piece. `continues`: something was said before in this turn, so a space comes first. */
  speak(text: string, continues: boolean): AsyncIterable<SpokenPiece>;
}
