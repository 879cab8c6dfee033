import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Departure, type DepartingCall } from './departure.js';

/** A call as far as its departure knows it, with a store that answers when it is told to. */
class Leaving {
  readonly log: string[] = [];
  phase: ReturnType<DepartingCall['phase']> = 'live';
  saved = Promise.withResolvers<boolean>();
  released = true;
  isQuiet = true;
  hasClient = true;
  readonly departure = new Departure(
    {
      phase: () => this.phase,
      moment: () => ({ isQuiet: this.isQuiet, isCovered: true }),
      hasClient: () => this.hasClient,
      sendAway: (withinMs) => this.log.push(`move within ${withinMs}`),
      lineLost: () => this.log.push('line lost'),
      fallSilent: () => (this.phase = 'ended'),
      leave: () => this.log.push('left'),
    },
    {
      isKept: async () => await this.saved.promise,
      saveNow: () => this.log.push('saved'),
      release: async () => {
        this.log.push('released');
        return this.released;
      },
    },
    {
      flush: async () => {
        this.log.push('flushed');
        return true;
      },
    },
  );

  /** As a call does with all that happens to it. */
  happen(what: string): void {
    if (this.departure.isUnsure) return this.departure.holdBack(() => this.happen(what));
    this.log.push(what);
  }
}

describe('a call that leaves', () => {
  let call: Leaving;
  beforeEach(() => {
    call = new Leaving();
  });

  it('is let go once the store has it, and what happened since then is left to the next holder', async () => {
    const gone = call.departure.release();
    call.happen('turn closed');
    call.saved.resolve(true);
    expect(await gone).toBe(true);
    expect(call.log).toEqual(['line lost', 'released', 'left']);
    expect(await call.departure.release()).toBe(true);
  });

  it('stays when the store does not take it, and all that was held back happens in order', async () => {
    const gone = call.departure.release();
    call.happen('one');
    call.happen('two');
    call.saved.resolve(false);
    expect(await gone).toBe(false);
    call.happen('three');
    expect(call.log).toEqual(['one', 'two', 'three']);
    call.saved = Promise.withResolvers();
    call.saved.resolve(true);
    expect(await call.departure.release()).toBe(true);
  });

  it('ends here when it is ended while the store is being asked', async () => {
    const gone = call.departure.release();
    call.happen('one');
    call.departure.stay();
    call.phase = 'ended';
    call.saved.resolve(true);
    expect(await gone).toBe(true);
    expect(call.log).toEqual(['one']);
  });

  it('is asked for once by all who want it', async () => {
    const gone = [call.departure.release(), call.departure.release()];
    call.saved.resolve(true);
    expect(await Promise.all(gone)).toEqual([true, true]);
    expect(call.log).toEqual(['line lost', 'released', 'left']);
  });

  it('has its events stored from here when the store took it and then not its release', async () => {
    call.released = false;
    call.saved.resolve(true);
    expect(await call.departure.release()).toBe(true);
    expect(call.log).toEqual(['line lost', 'released', 'flushed', 'left']);
  });

  describe('whose client is asked to go', () => {
    const GONE = ['line lost', 'released', 'left'];
    beforeEach(() => {
      jest.useFakeTimers();
      call.saved.resolve(true);
      call.departure.request(1_000, 4_000);
      expect(call.log.splice(0)).toEqual(['move within 4000']);
    });
    afterEach(() => {
      jest.useRealTimers();
    });

    it('stays until another gateway asks for it, and then for the end of the sentence', async () => {
      call.isQuiet = false;
      await jest.advanceTimersByTimeAsync(1_000);
      await call.departure.wanted();
      await call.departure.wanted();
      await jest.advanceTimersByTimeAsync(1_200);
      expect(call.log.splice(0)).toEqual(['saved', 'saved', 'saved']); // the other one sees that it lives
      call.isQuiet = true;
      await jest.advanceTimersByTimeAsync(100);
      expect(call.log).toEqual(GONE);
    });

    it('goes at the latest when its time is up, wanted or not', async () => {
      call.isQuiet = false;
      await jest.advanceTimersByTimeAsync(3_900);
      await call.departure.wanted();
      expect(call.log.splice(0)).toEqual(['saved']);
      await jest.advanceTimersByTimeAsync(150);
      expect(call.log).toEqual(GONE);
    });

    it('goes at once when its client is gone', async () => {
      call.isQuiet = false;
      await call.departure.wanted();
      call.hasClient = false;
      await call.departure.clientGone();
      expect(call.log.slice(1)).toEqual(GONE);
    });

    it('waits as before when its client has another connection', async () => {
      call.isQuiet = false;
      await call.departure.wanted();
      await call.departure.clientGone();
      await jest.advanceTimersByTimeAsync(100);
      expect(call.log).toEqual(['saved']);
    });

    it('goes after a second when its client is gone, and nobody asks for it', async () => {
      await jest.advanceTimersByTimeAsync(500);
      call.hasClient = false;
      await call.departure.clientGone();
      await jest.advanceTimersByTimeAsync(900);
      expect(call.log).toEqual([]);
      await jest.advanceTimersByTimeAsync(150);
      expect(call.log).toEqual(GONE);
    });

    it('stays, and asks its client again, when the store does not take it', async () => {
      call.saved = Promise.withResolvers();
      call.saved.resolve(false);
      await call.departure.wanted();
      await jest.advanceTimersByTimeAsync(3_900);
      expect(call.log.splice(0)).toEqual(['saved']);
      call.saved = Promise.withResolvers();
      call.saved.resolve(true);
      await call.departure.wanted();
      await jest.advanceTimersByTimeAsync(150);
      expect(call.log).toEqual(['saved', ...GONE]);
    });
  });

  it('waits a second for a client that is not there, and tries again when the store does not take it', async () => {
    jest.useFakeTimers();
    call.hasClient = false;
    call.saved.resolve(false);
    call.departure.request(1_000, 4_000);
    await jest.advanceTimersByTimeAsync(1_050);
    expect(call.log.splice(0)).toEqual(['move within 1000', 'move within 1000']);
    call.saved = Promise.withResolvers();
    call.saved.resolve(true);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(call.log).toEqual(['line lost', 'released', 'left']);
    jest.useRealTimers();
  });

  it('is let go at once when its client has come to another gateway by itself', async () => {
    call.isQuiet = false;
    call.saved.resolve(true);
    await call.departure.wanted();
    expect(call.log).toEqual(['line lost', 'released', 'left']);
  });
});
