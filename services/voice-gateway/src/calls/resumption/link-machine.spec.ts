import { describe, expect, it } from '@jest/globals';
import {
  linkTransition,
  newLink,
  REATTACH_TIMEOUT_MS,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
} from './link-machine.js';

type Occurrence = LinkEvent extends infer Event ? (Event extends { at: number } ? Omit<Event, 'at'> : never) : never;

class Driver {
  at = 0;
  state: LinkState = newLink(0);

  take(event: Occurrence, afterMs = 10): LinkEffect[] {
    this.at += afterMs;
    const { state, effects } = linkTransition(this.state, { ...event, at: this.at } as LinkEvent);
    this.state = state;
    return effects;
  }

  /** Live, with a handle that covers everything. */
  static live(handle = 'h1'): Driver {
    const link = new Driver();
    link.take({ type: 'ready' });
    if (handle !== '') link.take({ type: 'handle', handle });
    return link;
  }
}

const lost = { type: 'closed', failure: { kind: 'lost', code: 1006, detail: '' } } as const;
const refused = (code: number) => ({ type: 'closed', failure: { kind: 'refused', code, detail: '' } }) as const;

describe("the line's first connection", () => {
  it('starts the call when it is ready', () => {
    expect(new Driver().take({ type: 'ready' })).toEqual([{ type: 'started' }]);
  });

  it('fails the call when it is refused', () => {
    expect(new Driver().take(refused(1008))).toContainEqual(expect.objectContaining({ type: 'failed' }));
  });
});

describe("the provider's announcement that it will close", () => {
  it('is acted on at a quiet moment: close first, then take the session up by its handle', () => {
    const link = Driver.live();
    expect(link.take({ type: 'goAway', timeLeftMs: 50_000 })).toEqual([
      { type: 'timer', event: 'deadline', afterMs: 48_500 },
    ]);
    expect(link.take({ type: 'quiet' })).toEqual([
      { type: 'clearTimer' },
      { type: 'close' },
      { type: 'open', handle: 'h1' },
    ]);
    expect(link.take({ type: 'ready' }, 80)).toContainEqual({
      type: 'reattached',
      reason: 'goaway',
      gapMs: 80,
      fresh: false,
    });
  });

  it('waits for a handle that covers the present, but not beyond the deadline', () => {
    const link = Driver.live();
    link.take({ type: 'unresumable' });
    link.take({ type: 'goAway', timeLeftMs: 5_000 });
    expect(link.take({ type: 'quiet' })).toEqual([]);
    expect(link.take({ type: 'deadline' })).toContainEqual({ type: 'open', handle: 'h1' });
  });

  it('still leads to a new connection when the provider closes before a quiet moment came', () => {
    const link = Driver.live();
    link.take({ type: 'goAway', timeLeftMs: 50_000 });
    expect(link.take(lost)).toContainEqual({ type: 'open', handle: 'h1' });
    expect(link.state.reason).toBe('goaway');
  });
});

describe('a lost connection', () => {
  it('is replaced at once, and again with growing pauses while that fails', () => {
    const link = Driver.live();
    expect(link.take(lost)).toContainEqual({ type: 'open', handle: 'h1' });
    expect(link.take(lost)).toEqual([{ type: 'timer', event: 'retry', afterMs: 150 }]);
    expect(link.take({ type: 'retry' })).toEqual([{ type: 'open', handle: 'h1' }]);
    expect(link.take(lost)).toEqual([{ type: 'timer', event: 'retry', afterMs: 300 }]);
  });

  it('is replaced by a fresh session when there never was a handle', () => {
    expect(Driver.live('').take(lost)).toContainEqual({ type: 'open', handle: '' });
  });

  it('leads to a fresh session once the handle has been refused', () => {
    const link = Driver.live();
    link.take(lost);
    link.take(refused(1007));
    expect(link.take({ type: 'retry' })).toEqual([{ type: 'open', handle: '' }]);
    expect(link.take({ type: 'ready' })).toContainEqual(expect.objectContaining({ type: 'reattached', fresh: true }));
  });

  it('keeps the handle when the provider only says that the older connection is still open', () => {
    const link = Driver.live();
    link.take(lost);
    link.take({ type: 'closed', failure: { kind: 'lost', code: 1011, detail: '' } });
    expect(link.take({ type: 'retry' })).toEqual([{ type: 'open', handle: 'h1' }]);
  });

  it('drops the kept audio when the provider called something invalid, so that it does not kill the next connection too', () => {
    const link = Driver.live();
    expect(link.take({ type: 'closed', failure: { kind: 'lost', code: 1007, detail: '' } })).toContainEqual({
      type: 'dropAudio',
    });
  });

  it('ends the call when even a fresh session is refused', () => {
    const link = Driver.live();
    link.take(lost);
    link.take(refused(1007));
    link.take({ type: 'retry' });
    expect(link.take(refused(1008))).toContainEqual(expect.objectContaining({ type: 'failed' }));
    expect(link.take({ type: 'ready' })).toEqual([]);
  });

  it('ends the call when no connection comes up for too long', () => {
    const link = Driver.live();
    link.take(lost);
    expect(link.take(lost, REATTACH_TIMEOUT_MS + 1)).toContainEqual(expect.objectContaining({ type: 'failed' }));
  });
});

describe('a session that no longer generates', () => {
  it('is given up for a fresh one, because its handle would lead back to it', () => {
    const link = Driver.live();
    expect(link.take({ type: 'stalled' })).toContainEqual({ type: 'open', handle: '' });
    link.take({ type: 'ready' });
    link.take({ type: 'handle', handle: 'h2' });
    expect(link.take(lost)).toContainEqual({ type: 'open', handle: 'h2' });
  });
});

describe('a session that the provider takes for still connected (1011)', () => {
  it('is asked for a few times, then given up for a fresh one', () => {
    const link = Driver.live();
    link.take(lost);
    const stillConnected = { type: 'closed', failure: { kind: 'lost', code: 1011, detail: '' } } as const;
    const handles: string[] = [];
    for (let n = 0; n < 6; n++) {
      link.take(stillConnected);
      for (const effect of link.take({ type: 'retry' })) if (effect.type === 'open') handles.push(effect.handle);
    }
    expect(handles).toEqual(['h1', 'h1', 'h1', 'h1', '', '']);
  });
});
