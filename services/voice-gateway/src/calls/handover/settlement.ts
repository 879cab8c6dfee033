/**
 * When the client may forget what it said. Not when the answer begins: the last words may come after that, and a gateway that dies then
 * has told nobody of them. Once they are known and kept, no other gateway has to hear them.
 */
import type { Uplink } from '../audio-path.js';
import { isHearing } from '../call-situation.js';
import type { CallState } from '../call-state.js';
import type { CallKeeper } from './call-keeper.js';

export class Settlement {
  private underWay = false;

  constructor(
    private readonly uplink: Uplink,
    private readonly keeper: Pick<CallKeeper, 'onceOffered'>,
    private readonly onSettled: () => void,
  ) {}

  /** Something has happened to the call. */
  check(state: CallState): void {
    const { unsettled } = this.uplink;
    if (this.underWay || unsettled === undefined || isHearing(state)) return;
    this.underWay = true;
    this.keeper.onceOffered(() => {
      this.underWay = false;
      this.uplink.settled(unsettled);
      this.onSettled();
    });
  }
}
