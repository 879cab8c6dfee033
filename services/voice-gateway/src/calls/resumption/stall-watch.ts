/**
 * Notices a model that has gone dead although its connection lives: in the middle of a turn nothing more comes, or after a resumption
 * what the caller says is transcribed but never answered. A model that was not resumed may choose to be silent.
 */
const FROZEN_OUTPUT_MS = 8_000;
const NO_ANSWER_MS = 8_000;

export interface StallSituation {
  /** When the audio generated so far will have been played, if more of it is due; undefined: none is. */
  playsUntil: number | undefined;
  awaitingAnswer: boolean;
}

export class StallWatch {
  private lastOutputAt = 0;
  private unproven = false;
  private waitingSince = 0;

  /** The session was taken up by a handle: whether it still generates has to show. */
  reattached(fresh: boolean): void {
    this.unproven = !fresh;
    this.waitingSince = 0;
    this.lastOutputAt = Date.now();
  }

  sawOutput(): void {
    this.lastOutputAt = Date.now();
    this.unproven = false;
  }

  /** Asked once a second. */
  isStalled(now: number, call: StallSituation): boolean {
    this.waitingSince = call.awaitingAnswer ? this.waitingSince || now : 0;
    // Generation runs ahead of playback, so silence is suspicious only after what is there has been played.
    if (call.playsUntil !== undefined) return now - Math.max(this.lastOutputAt, call.playsUntil) > FROZEN_OUTPUT_MS;
    return this.unproven && this.waitingSince > 0 && now - this.waitingSince > NO_ANSWER_MS;
  }
}
