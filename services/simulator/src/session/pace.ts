/** How fast audio is made and played. */
export interface Pace {
  /** Audio in one message. The real server sends 160 to 240 ms. */
  burstMs: number;
  /** How far audio is sent ahead of its playing at most. */
  aheadMs: number;
  /** 1 is real time; tests may hurry, at 20 say. */
  speed: number;
}

export const NATURAL_PACE: Pace = { burstMs: 200, aheadMs: 500, speed: 1 };
