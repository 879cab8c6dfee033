/** When a call that is asked to go to another gateway does so: the first good moment, within a time that grows less choosy. */

export interface CallMoment {
  /** Nobody speaks, and the model has nothing to say. */
  isQuiet: boolean;
  /** The provider's session can be taken up again from here. */
  isCovered: boolean;
}

export class MoveRequest {
  private readonly deadline: number;

  /** For `withinMs` the best moment is awaited, and for as long again a good one. */
  constructor(
    at: number,
    private readonly withinMs: number,
  ) {
    this.deadline = at + withinMs;
  }

  /** In the middle of a sentence words are lost. What no handle covers only has to be told to the model again. */
  isDue(now: number, { isQuiet, isCovered }: CallMoment): boolean {
    const lateMs = now - this.deadline;
    return lateMs >= this.withinMs || (isQuiet && (isCovered || lateMs >= 0));
  }
}
