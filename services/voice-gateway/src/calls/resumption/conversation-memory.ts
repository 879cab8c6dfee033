/**
 * What has to be told to a model that lost its thread: the conversation so far for a fresh session, and for a session taken up again
 * what happened after its handle was given.
 */
import { cutText } from '@orbisvoice/service-kit/cut-text';
import { forModel } from '../../tools/model-result.js';
import type { ToolCallState, TurnState } from '../call-state.js';
import { heardOf } from '../heard-text.js';
import type { ProviderToolResult } from '../../provider/provider.js';

/** About 2,000 tokens: the latest part of a long conversation. */
const MAX_HISTORY_CHARACTERS = 8_000;
const MAX_RESULT_CHARACTERS = 2_000;

export interface MemorySnapshot {
  lines: string[];
  uncovered: number;
  /** What the model may not know yet about interrupted answers. */
  heardNotes?: string[];
  /** It was in the middle of an answer, and has not been asked for the rest. */
  cutOff?: boolean;
  /** Results of tools that it was asked to speak of, and has not yet. */
  lateResults?: ProviderToolResult[];
}

export class ConversationMemory {
  private lines: string[] = [];
  private characters = 0;
  /** How many of the newest lines the newest handle does not cover. */
  private uncovered = 0;
  /** How many of the newest lines came after the newest set-up. */
  private sinceSetup = 0;

  /** A turn is finished. `heard` is what the caller knows of it. */
  add(turn: TurnState, heard: string): void {
    for (const line of linesOf(turn, heard)) {
      this.lines.push(line);
      this.characters += line.length;
      this.uncovered += 1;
      this.sinceSetup += 1;
    }
    while (this.characters > MAX_HISTORY_CHARACTERS && this.lines.length > 1)
      this.characters -= this.lines.shift()!.length;
    this.uncovered = Math.min(this.uncovered, this.lines.length);
    this.sinceSetup = Math.min(this.sinceSetup, this.lines.length);
  }

  snapshot(): MemorySnapshot {
    return { lines: this.lines, uncovered: this.uncovered };
  }

  restore({ lines, uncovered }: MemorySnapshot): void {
    this.lines = [...lines];
    this.uncovered = uncovered;
    this.sinceSetup = 0;
    this.characters = lines.reduce((sum, line) => sum + line.length, 0);
  }

  /** The session can be taken up again with all that was said so far. */
  covered(): void {
    this.uncovered = 0;
  }

  /**
   * What a session must be told with its set-up, '' for nothing: all of it in a fresh one, in one that is taken up again what its handle
   * does not cover. `running` are the turns that were not added yet.
   */
  forSetup(fresh: boolean, running: TurnState[]): string {
    this.sinceSetup = 0;
    const known = fresh ? this.lines : this.lines.slice(this.lines.length - this.uncovered);
    return [...known, ...answeredPart(running).flatMap((turn) => linesOf(turn, textOf(turn)))].join('\n');
  }

  /**
   * What the model must be told now, or '' when it has missed nothing that needs its answer.
   * `running` are the turns that were not added yet; `cutOff`: it was in the middle of one; `request`: what it had been asked to say by
   * the platform itself, if it was that; `late`: results of tools that it can't be
   * given as such, because the session does not know the calls.
   */
  recap(situation: {
    fresh: boolean;
    running: TurnState[];
    cutOff: boolean;
    awaitingAnswer: boolean;
    late: ProviderToolResult[];
    request: string;
  }): string {
    const { fresh, running, cutOff, awaitingAnswer, late, request } = situation;
    const task = taskOf(awaitingAnswer, late.length > 0, cutOff);
    if (task === '') return '';
    const missed = this.lines.slice(this.lines.length - (fresh ? this.sinceSetup : this.uncovered));
    const now = running.flatMap((turn) => linesOf(turn, heardOf(turn)));
    const results = late.map(
      ({ name, output, error }) =>
        `The tool ${name} returned: ${cutText(JSON.stringify(output ?? error), MAX_RESULT_CHARACTERS)}`,
    );
    const asked = task === TASKS.rest && request !== '' ? [`You had been asked: ${request}`] : [];
    return [`(${RECAP_NOTE}`, ...asked, ...missed, ...now, ...results, `${task})`].join('\n');
  }
}

/** Also what the simulator recognises a recap by. */
export const RECAP_NOTE = 'The connection was interrupted, and you may have missed this:';
const TASKS = {
  answer: 'Now answer the caller.',
  result: 'Now tell the caller what the tool returned. Do not call it again.',
  rest: 'Now say the rest of your last answer.',
};

function taskOf(awaitingAnswer: boolean, hasResult: boolean, cutOff: boolean): string {
  if (awaitingAnswer) return TASKS.answer;
  if (hasResult) return TASKS.result;
  return cutOff ? TASKS.rest : '';
}

/** Up to the model's latest turn: what the caller has said since is either said again or told with the task to answer it. */
function answeredPart(running: TurnState[]): TurnState[] {
  return running.slice(0, running.findLastIndex(({ role }) => role === 'agent') + 1);
}

/** What is being played will be heard, if nothing comes between. */
function textOf(turn: TurnState): string {
  return turn.phase === 'playing' ? turn.text : heardOf(turn);
}

function linesOf(turn: TurnState, text: string): string[] {
  const who = turn.role === 'user' ? 'Caller' : 'You';
  const lines = text.trim() === '' ? [] : [`${who}: ${text.trim()}`];
  for (const call of turn.toolCalls) {
    if (call.outcome === undefined) continue;
    lines.unshift(
      `The tool ${call.name} returned: ${cutText(JSON.stringify(resultOf(call) ?? null), MAX_RESULT_CHARACTERS)}`,
    );
  }
  return lines;
}

function resultOf({ outcome, result }: ToolCallState): unknown {
  return outcome === 'ok' ? result : forModel(result);
}
