/** Turns whose text may still grow; more than a few at once would be a fault of the gateway. */
const MAX_OPEN_TURNS = 16;
/** Finished turns that a gateway may still repeat after taking over a call. */
const MAX_FINISHED_TURNS = 16;

/** Puts the pieces of each turn's transcript together. */
export class TranscriptTexts {
  readonly #texts = new Map<number, string>();
  readonly #finished = new Map<number, string>();

  /** The whole text of the turn so far. */
  append(turn: number, delta: string): string {
    const text = (this.#texts.get(turn) ?? '') + delta;
    this.#texts.set(turn, text);
    const oldest = this.#texts.keys().next().value;
    if (this.#texts.size > MAX_OPEN_TURNS && oldest !== undefined) this.#texts.delete(oldest);
    return text;
  }

  /**
   * False when this was told before: a gateway that takes a call over begins where the last one's notes end, which can be just before a
   * turn's end, and then says that end again.
   */
  finish(turn: number, generated: string): boolean {
    this.#texts.delete(turn);
    if (this.#finished.get(turn) === generated) return false;
    this.#finished.set(turn, generated);
    const oldest = this.#finished.keys().next().value;
    if (this.#finished.size > MAX_FINISHED_TURNS && oldest !== undefined) this.#finished.delete(oldest);
    return true;
  }
}
