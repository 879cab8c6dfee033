import { describe, expect, it } from '@jest/globals';
import { newTurn, type ToolCallState } from './call-state.js';
import { toStoredTurn } from './stored-turn.js';

/** What `transcripts` takes of one turn, as it counts. */
const MAX_EVENT_BYTES = 2_048 * 1024;

const tool = (n: number, given: unknown, result: unknown): ToolCallState => ({
  id: `1-${n}`,
  name: 'look_up',
  arguments: given,
  startedAt: 0,
  outcome: 'ok',
  result,
});
const stored = (toolCalls: ToolCallState[], text = '') =>
  toStoredTurn({ ...newTurn(1, 'agent', 0), text, toolCalls }, text);
const bytesOf = (turn: unknown) =>
  Buffer.byteLength(JSON.stringify(turn, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)));

describe('a turn with tool calls', () => {
  it('is kept as it is while it fits', () => {
    const turn = stored(Array.from({ length: 20 }, (_, n) => tool(n, { n }, 'x'.repeat(60_000))));
    expect(turn.toolCalls.map(({ resultJson }) => resultJson.length)).toEqual(Array(20).fill(60_002));
  });

  it('is kept with every call when their results are more than a record takes, the largest shortened with a mark', () => {
    const turn = stored([
      ...Array.from({ length: 40 }, (_, n) => tool(n, { n }, 'x'.repeat(60_000))),
      tool(40, {}, { small: true }),
    ]);
    expect(turn.toolCalls).toHaveLength(41);
    expect(bytesOf(turn)).toBeLessThan(MAX_EVENT_BYTES);
    const shortened = turn.toolCalls.filter(({ resultJson }) => resultJson.includes('"truncated":"60002 bytes'));
    expect(shortened.length).toBeGreaterThan(10);
    expect(shortened.length).toBeLessThan(20);
    expect(turn.toolCalls.at(-1)!.resultJson).toBe('{"small":true}');
  });

  it.each([
    ['quotation marks', '"'],
    ['backslashes', '\\'],
    ['control characters', '\u0001'],
    ['three bytes each', '語'],
    ['four bytes each', '𠮷'],
  ])('fits at its largest, of nothing but %s', (_, character) => {
    const large = { [character]: character.repeat(60_000) };
    const name = character.repeat(300);
    const calls = Array.from({ length: 64 }, (_value, n) => ({ ...tool(n, large, large), name }));
    const turn = stored(calls, character.repeat(60_000));
    expect(bytesOf(turn)).toBeLessThan(MAX_EVENT_BYTES);
    for (const { argumentsJson, resultJson } of turn.toolCalls)
      for (const json of [argumentsJson, resultJson]) {
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(64 * 1024);
        expect(() => JSON.parse(json) as unknown).not.toThrow();
      }
    expect(Buffer.byteLength(turn.generatedText)).toBeLessThanOrEqual(100 * 1024);
    expect(turn.generatedText).toMatch(/ \[…\]$/);
    expect(turn.generatedText.isWellFormed()).toBe(true);
  });
});
