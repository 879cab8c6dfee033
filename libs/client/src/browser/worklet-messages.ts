/** Names of the processors that the two worklet files register. */
export const CAPTURE_PROCESSOR = 'orbisvoice-capture';
export const PLAYBACK_PROCESSOR = 'orbisvoice-playback';

export interface CaptureOptions {
  frameMs: number;
}

/** From the page to the playback worklet. */
export type PlaybackCommand =
  | { type: 'push'; turn: number; timestamp: number; samples: Int16Array<ArrayBuffer> }
  | { type: 'flush'; turn: number };

/** From the playback worklet to the page. `playing` is false when nothing is left to play. */
export interface PlaybackReport {
  turn: number;
  playedMs: number;
  bufferedMs: number;
  playing: boolean;
}
