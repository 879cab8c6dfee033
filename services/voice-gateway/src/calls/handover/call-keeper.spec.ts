import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CallKeeper, type CallKeeperOptions } from './call-keeper.js';
import type { CallFacts, CallProgress, SaveResult } from './call-store.js';

type SharedStore = CallKeeperOptions['store'];

/** A store that other gateways share, as far as a keeper knows it: takes what it is given, at once or when it is told to. */
class Store implements SharedStore {
  readonly shared = true;
  readonly saves: string[] = [];
  answers: (() => Promise<SaveResult>)[] = [];

  async save(_facts: CallFacts, progress: CallProgress): Promise<SaveResult> {
    this.saves.push(progress.handle);
    return (await this.answers.shift()?.()) ?? 'saved';
  }

  async release(): Promise<void> {}

  async remove(): Promise<void> {}

  /** Leaves the next save unanswered until the function that it returns is called. */
  holdNext(): () => void {
    const held = Promise.withResolvers<SaveResult>();
    this.answers.push(() => held.promise);
    return () => held.resolve('saved');
  }
}

let store: Store;
let keeper: CallKeeper;
/** Stands for all that a call is at the moment. */
let handle: string;
let failures: number;
let fenced: number;

beforeEach(() => {
  jest.useFakeTimers();
  [store, handle, failures, fenced] = [new Store(), 'begun', 0, 0];
  keeper = new CallKeeper({
    store,
    facts: {} as CallFacts,
    fence: 1,
    progress: () => ({ handle }) as CallProgress,
    onFenced: () => (fenced += 1),
    onFailure: () => (failures += 1),
  });
});
afterEach(() => {
  keeper.stop();
  jest.useRealTimers();
});

describe('what another gateway would go on with', () => {
  it('is saved soon after a change, as it is then, and once for changes that come together', async () => {
    keeper.touch();
    keeper.touch();
    expect(store.saves).toEqual([]);
    handle = 'changed';
    await jest.advanceTimersByTimeAsync(1_000);
    expect(store.saves).toEqual(['changed']);
  });

  it('is saved at the end of a call before anything else happens, and not again', async () => {
    keeper.touch();
    handle = 'ended';
    keeper.saveNow();
    expect(store.saves).toEqual(['ended']);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(store.saves).toEqual(['ended']);
  });

  it('is saved at the end of a call as soon as the save that is under way is over', async () => {
    const answer = store.holdNext();
    keeper.touch();
    await jest.advanceTimersByTimeAsync(30);
    handle = 'ended';
    keeper.saveNow();
    expect(store.saves).toEqual(['begun']);
    answer();
    await jest.advanceTimersByTimeAsync(0);
    expect(store.saves).toEqual(['begun', 'ended']);
  });

  it('is saved again when the store did not take it', async () => {
    store.answers.push(() => Promise.reject(new Error('away')));
    keeper.saveNow();
    await jest.advanceTimersByTimeAsync(2_000);
    expect([store.saves, failures]).toEqual([['begun', 'begun'], 1]);
  });

  it('is not saved any more by a holder that has been replaced', async () => {
    store.answers.push(async () => 'fenced');
    keeper.saveNow();
    await jest.advanceTimersByTimeAsync(0);
    expect(fenced).toBe(1);
    keeper.stop();
    keeper.touch();
    keeper.saveNow();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(store.saves).toEqual(['begun']);
  });
});
