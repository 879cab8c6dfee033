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

  readonly releases: string[] = [];
  refusals = 0;

  takenBefore = false;

  async release(_facts: CallFacts, progress: CallProgress): Promise<boolean> {
    this.releases.push(progress.handle);
    if (this.refusals-- > 0) throw new Error('away');
    return !this.takenBefore;
  }

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
let taken: number;
let wanted: number;

beforeEach(() => {
  jest.useFakeTimers();
  [store, handle, failures, fenced, taken, wanted] = [new Store(), 'begun', 0, 0, 0, 0];
  keeper = new CallKeeper({
    store,
    facts: {} as CallFacts,
    fence: 1,
    progress: () => ({ handle }) as CallProgress,
    onWanted: () => (wanted += 1),
    onFenced: () => (fenced += 1),
    onTaken: () => (taken += 1),
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

  it('is saved as soon as the store is there again, if it had not been taken, and not otherwise', async () => {
    keeper.offerAgain();
    expect(store.saves).toEqual([]);
    store.answers.push(() => Promise.reject(new Error('away')));
    keeper.saveNow();
    await jest.advanceTimersByTimeAsync(100);
    keeper.offerAgain();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(store.saves).toEqual(['begun', 'begun']);
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

  it('is asked for by the answer to a save when the message about it has not come', async () => {
    store.answers.push(async () => 'wanted');
    keeper.saveNow();
    await jest.advanceTimersByTimeAsync(0);
    expect([wanted, fenced]).toEqual([1, 0]);
  });
});

describe('what is done once a call is kept', () => {
  const outcome = async (answer?: () => Promise<SaveResult>) => {
    if (answer) store.answers.push(answer);
    let done = 0;
    keeper.onceKept(() => (done += 1));
    handle = 'with all that belongs to the change';
    await jest.advanceTimersByTimeAsync(0);
    return done;
  };

  it('waits for the store to take all of it', async () => {
    expect(await outcome()).toBe(1);
    expect(store.saves).toEqual(['with all that belongs to the change']);
  });

  it('is done as well while another gateway asks for the call, which gets what was saved last', async () => {
    expect(await outcome(async () => 'wanted')).toBe(1);
  });

  it('is not done when the store is away, or another gateway holds the call', async () => {
    expect(await outcome(() => Promise.reject(new Error('away')))).toBe(0);
    expect(await outcome(async () => 'fenced')).toBe(0);
    expect([failures, fenced]).toEqual([1, 1]);
  });
});

describe('what is done once a call was offered', () => {
  const outcome = async (answer: () => Promise<SaveResult>) => {
    store.answers.push(answer);
    let done = 0;
    keeper.onceOffered(() => (done += 1));
    await jest.advanceTimersByTimeAsync(0);
    return done;
  };

  it('is done when the store took it, and when it is away', async () => {
    expect(await outcome(async () => 'saved')).toBe(1);
    expect(await outcome(() => Promise.reject(new Error('away')))).toBe(1);
  });

  it('is not done when another gateway holds the call', async () => {
    expect(await outcome(async () => 'fenced')).toBe(0);
  });
});

describe('letting a call go', () => {
  it('begins with a store that has taken all of it, or is waited for', async () => {
    expect(await keeper.isKept()).toBe(true);
    store.answers.push(async () => 'wanted');
    expect(await keeper.isKept()).toBe(true);
    expect([store.saves, wanted]).toEqual([['begun', 'begun'], 0]);
  });

  it('does not begin while the store is away, or when another holds the call', async () => {
    store.answers.push(
      () => Promise.reject(new Error('away')),
      async () => 'fenced',
    );
    expect(await keeper.isKept()).toBe(false);
    expect([failures, fenced]).toEqual([1, 0]);
    expect(await keeper.isKept()).toBe(false);
    expect([failures, fenced]).toEqual([1, 1]);
  });

  it('is tried again with the same state when the store goes away in between', async () => {
    store.refusals = 2;
    const released = keeper.release();
    handle = 'ended';
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await released).toBe(true);
    expect([store.releases, failures]).toEqual([['begun', 'begun', 'begun'], 2]);
  });

  it('is over when another gateway has taken the call before', async () => {
    store.takenBefore = true;
    expect(await keeper.release()).toBe(true);
    expect([store.releases, taken, fenced]).toEqual([['begun'], 1, 0]);
  });

  it('is given up after some seconds', async () => {
    store.refusals = 100;
    const released = keeper.release();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await released).toBe(false);
    expect(store.releases).toHaveLength(6);
  });
});
