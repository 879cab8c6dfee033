/**
 * What of an agent's turn the caller can have heard: the text up to the played position, cut back to whole words.
 * Providers give no alignment, but they send text next to the audio it belongs to. So each piece of text leaves a mark: how much
 * audio there was when it came. Between two marks time is spread evenly over the characters.
 */
import type { TurnState } from './call-state.js';
import { wholeWords } from './words.js';

export interface TextMark {
  /** Audio generated before this piece of text, in ms. */
  audioMs: number;
  /** Length of the turn's text with this piece. */
  textLength: number;
}

/** What the other side knows of a turn. */
export function heardOf(turn: TurnState): string {
  if (turn.role === 'user' || !turn.interrupted) return turn.text;
  return heardText(turn.text, turn.marks, turn.generatedMs, turn.playedMs);
}

/** `playedMs` and `generatedMs` count from the turn's first sample. */
export function heardText(text: string, marks: readonly TextMark[], generatedMs: number, playedMs: number): string {
  if (playedMs >= generatedMs) return text;
  if (playedMs <= 0) return '';
  let length = 0;
  for (const [index, mark] of marks.entries()) {
    const previousLength = marks[index - 1]?.textLength ?? 0;
    const endMs = marks[index + 1]?.audioMs ?? generatedMs;
    if (playedMs >= endMs) {
      length = mark.textLength;
      continue;
    }
    const share = endMs > mark.audioMs ? Math.max(0, (playedMs - mark.audioMs) / (endMs - mark.audioMs)) : 0;
    length = previousLength + (mark.textLength - previousLength) * share;
    break;
  }
  return wholeWords(text, Math.floor(length));
}
