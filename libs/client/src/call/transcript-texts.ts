/** Turns whose text may still grow; more than a few at once would be a fault of the gateway. */
const MAX_OPEN_TURNS = 16;

/** Puts the pieces of each turn's transcript together. */
export class TranscriptTexts {
  readonly #texts = new Map<number, string>();

  /** The whole text of the turn so far. */
  append(turn: number, delta: string): string {
    const text = (this.#texts.get(turn) ?? '') + delta;
    this.#texts.set(turn, text);
    const oldest = this.#texts.keys().next().value;
    if (this.#texts.size > MAX_OPEN_TURNS && oldest !== undefined) this.#texts.delete(oldest);
    return text;
  }

  finish(turn: number): void {
    this.#texts.delete(turn);
  }
}
