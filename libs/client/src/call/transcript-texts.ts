import type { CallResumption } from './call-resumption.js';

/** Turns whose text may still grow; more than a few at once would be a fault of the gateway. */
const MAX_OPEN_TURNS = 16;
/** Finished turns that a gateway may still repeat after taking over a call. */
const MAX_FINISHED_TURNS = 16;

/** Puts the pieces of each turn's transcript together. */
export class TranscriptTexts {
  readonly #texts = new Map<number, string>();
  readonly #finished = new Map<number, string>();
  #repeated = 0;

  get snapshot(): CallResumption['transcripts'] {
    return { open: [...this.#texts], finished: [...this.#finished] };
  }

  restore({ open, finished }: CallResumption['transcripts']): void {
    for (const [turn, text] of open) this.#texts.set(turn, text);
    for (const [turn, generated] of finished) this.#finished.set(turn, generated);
  }

  /** The whole text of the turn so far. */
  append(turn: number, delta: string): string {
    const text = (this.#texts.get(turn) ?? '') + delta;
    this.#texts.set(turn, text);
    const oldest = this.#texts.keys().next().value;
    if (this.#texts.size > MAX_OPEN_TURNS && oldest !== undefined) this.#texts.delete(oldest);
    return text;
  }

  /**
   * False when this was told before: what was said last before a connection was lost is said again over the next one, because it may
   * not have come through.
   */
  finish(turn: number, generated: string): boolean {
    this.#texts.delete(turn);
    if (this.#finished.get(turn) === generated) {
      this.#repeated = turn;
      return false;
    }
    this.#finished.set(turn, generated);
    const oldest = this.#finished.keys().next().value;
    if (this.#finished.size > MAX_FINISHED_TURNS && oldest !== undefined) this.#finished.delete(oldest);
    return true;
  }

  /** Of a `turn.finished`: it belongs to a text that was told before. */
  isRepeated(turn: number): boolean {
    const repeated = turn === this.#repeated;
    this.#repeated = 0;
    return repeated;
  }
}
