import { describe, expect, it } from '@jest/globals';
import {
  linkTransition,
  newLink,
  REATTACH_TIMEOUT_MS,
  START_TIMEOUT_MS,
  type LinkEffect,
  type LinkEvent,
  type LinkState,
  type Rotation,
} from './link-machine.js';

type Occurrence = LinkEvent extends infer Event ? (Event extends { at: number } ? Omit<Event, 'at'> : never) : never;

class Driver {
  at = 0;
  state: LinkState;

  constructor(rotation: Rotation = 'close-then-resume') {
    this.state = newLink(0, rotation);
  }

  take(event: Occurrence, afterMs = 10): LinkEffect[] {
    this.at += afterMs;
    const { state, effects } = linkTransition(this.state, { ...event, at: this.at } as LinkEvent);
    this.state = state;
    return effects;
  }

  /** Live, with a handle that covers everything. */
  static live(handle = 'h1', rotation?: Rotation): Driver {
    const link = new Driver(rotation);
    link.take({ type: 'ready' });
    if (handle !== '') link.take({ type: 'handle', handle });
    return link;
  }
}

const lost = { type: 'closed', failure: { kind: 'lost', code: 1006, detail: '' } } as const;
const refused = (code: number) => ({ type: 'closed', failure: { kind: 'refused', code, detail: '' } }) as const;

describe("the line's first connection", () => {
  it('starts the call when it is ready', () => {
    expect(new Driver().take({ type: 'ready' })).toEqual([{ type: 'clearTimer' }, { type: 'started' }]);
  });

  it('fails the call when it is refused', () => {
    expect(new Driver().take(refused(1008))).toContainEqual(expect.objectContaining({ type: 'failed' }));
  });

  it('is tried again, with growing pauses, when the provider is only busy or not there', () => {
    const link = new Driver();
    for (const afterMs of [150, 300, 600]) {
      expect(link.take(lost)).toEqual([{ type: 'timer', event: 'retry', afterMs }]);
      expect(link.take({ type: 'retry' }, afterMs)).toEqual([{ type: 'open', handle: '' }]);
    }
    expect(link.take({ type: 'ready' })).toContainEqual({ type: 'started' });
    link.take({ type: 'handle', handle: 'h1' });
    expect(link.take(lost)).toContainEqual({ type: 'open', handle: 'h1' });
  });

  it('fails the call when the next attempt would begin too late for a client that waits', () => {
    const link = new Driver();
    expect(link.take(lost, START_TIMEOUT_MS)).toEqual([
      { type: 'clearTimer' },
      { type: 'failed', failure: expect.objectContaining({ kind: 'lost' }) },
    ]);
    expect(link.take({ type: 'retry' })).toEqual([]);
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
    // What the caller said meanwhile is kept: nothing of it was sent.
    expect(link.take(refused(1007))).not.toContainEqual({ type: 'dropAudio' });
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

describe('a connection that has become old', () => {
  it('is replaced at a quiet moment, or when none comes for a minute', () => {
    for (const event of ['quiet', 'deadline'] as const) {
      const link = Driver.live();
      expect(link.take({ type: 'aged' })).toEqual([{ type: 'timer', event: 'deadline', afterMs: 60_000 }]);
      expect(link.take({ type: event })).toContainEqual({ type: 'open', handle: 'h1' });
      expect(link.take({ type: 'ready' })).toContainEqual(expect.objectContaining({ reason: 'age', fresh: false }));
    }
  });

  it('has less time once the provider announces its end', () => {
    const link = Driver.live();
    link.take({ type: 'aged' });
    expect(link.take({ type: 'goAway', timeLeftMs: 10_000 })).toEqual([
      { type: 'timer', event: 'deadline', afterMs: 8_500 },
    ]);
    expect(link.take({ type: 'aged' })).toEqual([]);
  });
});

describe('a planned replacement that makes before it breaks', () => {
  const leaving = () => {
    const link = Driver.live('h1', 'make-before-break');
    link.take({ type: 'goAway', timeLeftMs: 50_000 });
    return link;
  };
  const joining = () => {
    const link = leaving();
    expect(link.take({ type: 'quiet' })).toEqual([{ type: 'openNext', handle: 'h1' }]);
    return link;
  };

  it('takes the next connection once it is ready, without a gap', () => {
    const link = joining();
    expect(link.take({ type: 'nextReady' }, 200)).toEqual([
      { type: 'clearTimer' },
      { type: 'takeNext' },
      { type: 'reattached', reason: 'goaway', gapMs: 0, fresh: false },
    ]);
    expect(link.state.phase).toBe('live');
  });

  it('closes first when the provider refuses to have both, and from then on always', () => {
    const link = joining();
    expect(link.take({ type: 'nextClosed' })).toEqual([
      { type: 'clearTimer' },
      { type: 'close' },
      { type: 'open', handle: 'h1' },
    ]);
    link.take({ type: 'ready' });
    link.take({ type: 'goAway', timeLeftMs: 50_000 });
    expect(link.take({ type: 'quiet' })).toContainEqual({ type: 'close' });
  });

  it('starts over when something begins that the next connection would not know of', () => {
    const link = joining();
    expect(link.take({ type: 'unresumable' })).toEqual([{ type: 'closeNext' }]);
    expect(link.take({ type: 'nextReady' })).toEqual([]);
    expect(link.take({ type: 'quiet' })).toEqual([]);
    link.take({ type: 'handle', handle: 'h2' });
    expect(link.take({ type: 'quiet' })).toEqual([{ type: 'openNext', handle: 'h2' }]);
  });

  it('goes on with the connection that is being made when the one in use is lost meanwhile', () => {
    const link = joining();
    expect(link.take(lost)).toEqual([{ type: 'clearTimer' }, { type: 'takeNext' }]);
    expect(link.take({ type: 'ready' }, 70)).toContainEqual({
      type: 'reattached',
      reason: 'goaway',
      gapMs: 70,
      fresh: false,
    });
  });

  it('closes first when the time is up, whether the next connection is being made or not', () => {
    expect(joining().take({ type: 'deadline' })).toEqual([
      { type: 'clearTimer' },
      { type: 'closeNext' },
      { type: 'close' },
      { type: 'open', handle: 'h1' },
    ]);
    expect(leaving().take({ type: 'deadline' })).toEqual([
      { type: 'clearTimer' },
      { type: 'close' },
      { type: 'open', handle: 'h1' },
    ]);
  });

  it('replaces a lost or stalled connection as ever', () => {
    expect(Driver.live('h1', 'make-before-break').take(lost)).toContainEqual({ type: 'open', handle: 'h1' });
    expect(joining().take({ type: 'stalled' })).toEqual([
      { type: 'clearTimer' },
      { type: 'closeNext' },
      { type: 'close' },
      { type: 'open', handle: '' },
    ]);
  });
});
