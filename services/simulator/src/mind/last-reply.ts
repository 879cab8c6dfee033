/** What a model would repeat: what it said last, as far as it was told that it was heard. */
import type { MindContext } from './mind-script.js';

/** How a client says that an answer was cut, in a note or in the instruction of a session that it takes up again. */
const HEARD_NOTE =
  /\(The caller interrupted you (?:before hearing|and heard only this of your answer: "([\s\S]*?)"\))/g;
/** A line of the conversation that a fresh session was told in its instruction. */
const SAID_LINE = /^You: (.+)$/gm;

/** '' when it has said nothing, or nothing that was heard. */
export function heardReply({ history, instruction, lastReply }: MindContext): string {
  const said = history.findLastIndex((entry) => entry.role === 'model');
  const notes = history.slice(said + 1).filter((entry) => entry.silent);
  const note = lastMatch(HEARD_NOTE, notes.map(({ text }) => text).join('\n'));
  if (note) return note[1] ?? '';
  const isCut = said >= 0 && history[said]!.interrupted;
  const instructed = isCut ? lastMatch(HEARD_NOTE, instruction) : undefined;
  if (instructed) return instructed[1] ?? '';
  return lastReply || (lastMatch(SAID_LINE, instruction)?.[1] ?? '');
}

function lastMatch(pattern: RegExp, text: string): RegExpMatchArray | undefined {
  return [...text.matchAll(pattern)].at(-1);
}
