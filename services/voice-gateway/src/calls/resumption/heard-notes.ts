import { lastWords } from '../words.js';

/**
 * What the model must be told about answers that the caller interrupted: it knows what it generated, which is more than was heard.
 * A note is kept until a handle covers it, and told again to a session that was taken up from before it.
 */
const MAX_NOTES = 4;
/** A handle that arrives this soon after a note may have been made before the note was read. */
const COVER_DELAY_MS = 1_000;
const MAX_HEARD_CHARACTERS = 4_000;

/** Also what the simulator recognises a note by. */
export function heardNote(heard: string): string {
  if (heard === '') return '(The caller interrupted you before hearing any of your answer.)';
  return `(The caller interrupted you and heard only this of your answer: "${lastWords(heard, MAX_HEARD_CHARACTERS)}")`;
}

interface Note {
  text: string;
  /** When the model was told, 0: not yet. */
  toldAt: number;
}

export class HeardNotes {
  private notes: Note[] = [];
  /** The model takes no notes while a session runs: they can only be part of a set-up. */
  private onlyInSetup = false;

  get isWaiting(): boolean {
    return !this.onlyInSetup && this.notes.some(({ toldAt }) => toldAt === 0);
  }

  add(heard: string): void {
    this.notes = [...this.notes, { text: heardNote(heard), toldAt: 0 }].slice(-MAX_NOTES);
  }

  snapshot(): string[] {
    return this.notes.map(({ text }) => text);
  }

  restore(texts: string[]): void {
    this.notes = texts.map((text) => ({ text, toldAt: 0 }));
  }

  /** Tells what was not told yet. `send` returns false when the model takes no notes. */
  tell(now: number, send: (text: string) => boolean): void {
    for (const note of this.notes) {
      if (note.toldAt > 0 || this.onlyInSetup) continue;
      if (send(note.text)) note.toldAt = now;
      else this.onlyInSetup = true;
    }
  }

  /** For the set-up of a session that is taken up again; '' when the notes can be told better. */
  forSetup(): string {
    return this.onlyInSetup ? this.notes.map(({ text }) => text).join('\n') : '';
  }

  /** The session can be taken up again with all that it was told so far. */
  covered(now: number): void {
    this.notes = this.notes.filter(({ toldAt }) => toldAt === 0 || now - toldAt < COVER_DELAY_MS);
  }

  /** Another connection carries the call. A fresh session was told what was heard, and nothing else. */
  reattached(fresh: boolean): void {
    this.notes = fresh ? [] : this.notes.map(({ text }) => ({ text, toldAt: 0 }));
  }
}
