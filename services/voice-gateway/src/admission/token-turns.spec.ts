import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TokenTurns, type EndTurn } from './token-turns.js';

let turns: TokenTurns;
let begun: string[];
const ends = new Map<string, EndTurn>();

beforeEach(() => {
  jest.useFakeTimers();
  turns = new TokenTurns();
  begun = [];
});

afterEach(() => {
  jest.useRealTimers();
});

async function ask(...names: string[]): Promise<void> {
  for (const name of names)
    void turns.take(name[0]!).then((end) => {
      begun.push(name);
      ends.set(name, end);
    });
  await jest.advanceTimersByTimeAsync(0);
}

describe('the look-up of a token', () => {
  it('waits while four of its address are looked up, and goes on in the order in which they came', async () => {
    await ask('a1', 'a2', 'a3', 'a4', 'a5', 'a6');
    expect(begun).toEqual(['a1', 'a2', 'a3', 'a4']);
    ends.get('a2')!('good');
    ends.get('a2')!('good');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun.slice(4)).toEqual(['a5']);
  });

  it('of another address waits for nobody', async () => {
    await ask('a1', 'a2', 'a3', 'a4', 'a5', 'b1');
    expect(begun).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
  });

  it('comes later after one that was worth nothing', async () => {
    await ask('a1', 'a2', 'a3', 'a4', 'a5');
    ends.get('a1')!('worthless');
    await jest.advanceTimersByTimeAsync(19);
    expect(begun).toHaveLength(4);
    await jest.advanceTimersByTimeAsync(1);
    expect(begun).toHaveLength(5);
  });
});
