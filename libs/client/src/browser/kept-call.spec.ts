import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RESUMPTION_FORMAT } from '../call/call-resumption.js';
import type { CallResumption } from '../call/call-resumption.js';
import type { BrowserVoice } from './browser-voice.js';
import { CallShelf, forgetKeptCalls } from './kept-call.js';

const KEY = 'shop.call';
let conversations = 0;

/** A tab's sessionStorage. */
class Tab {
  readonly #values: Map<string, string>;
  full = false;

  constructor(copied: Iterable<[string, string]> = []) {
    this.#values = new Map(copied);
    for (const [key, value] of this.#values)
      Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
  }

  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.full && value.includes('unplayed')) throw new DOMException('full', 'QuotaExceededError');
    this.#values.set(key, value);
    Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
  }

  removeItem(key: string): void {
    this.#values.delete(key);
    Reflect.deleteProperty(this, key);
  }

  duplicate(): Tab {
    return new Tab(this.#values);
  }
}

function open(tab: Tab): void {
  Object.defineProperty(globalThis, 'sessionStorage', { value: tab, configurable: true, writable: true });
}

function resumptionOf(conversationId: string, atMs = Date.now()): CallResumption {
  const started = { conversationId, resumeTicket: 'ticket-1' } as CallResumption['started'];
  return { format: RESUMPTION_FORMAT, atMs, started } as CallResumption;
}

/** The voice of a page, as far as a shelf knows it. */
class Voice {
  readonly #listeners = new Map<string, (event: unknown) => void>();
  current: CallResumption | undefined;

  constructor(readonly conversationId: string) {
    this.current = resumptionOf(conversationId);
  }

  on(name: string, listener: (event: unknown) => void): () => void {
    this.#listeners.set(name, listener);
    return () => this.#listeners.delete(name);
  }

  resumption({ withAudio = false } = {}): CallResumption | undefined {
    const unplayed = [{ turn: 1, timestamp: 0, base64: '' }];
    return this.current && (withAudio ? { ...this.current, unplayed } : this.current);
  }

  emit(name: 'started' | 'ended'): void {
    this.#listeners.get(name)?.({ conversationId: this.conversationId });
  }
}

/** A page in whose call something has been said. */
async function pageWithCall(shelf = new CallShelf<string>(KEY)): Promise<{ shelf: CallShelf<string>; voice: Voice }> {
  const voice = new Voice(`conversation-${++conversations}`);
  shelf.keep(voice as unknown as BrowserVoice, () => 'said so far');
  voice.emit('started');
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { shelf, voice };
}

describe('CallShelf', () => {
  let tab: Tab;
  let page: EventTarget;
  beforeEach(() => {
    open((tab = new Tab()));
    page = new EventTarget();
    Object.assign(globalThis, {
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
    });
  });
  const shelves: CallShelf<string>[] = [];
  afterEach(() => {
    for (const shelf of shelves.splice(0)) shelf.forget();
    Reflect.deleteProperty(globalThis, 'sessionStorage');
    for (const name of ['addEventListener', 'removeEventListener']) Reflect.deleteProperty(globalThis, name);
  });

  it('hands a call to the next page of its tab, once the page that had it has gone', async () => {
    const { shelf, voice } = await pageWithCall();
    shelves.push(shelf);
    page.dispatchEvent(new Event('pagehide'));
    const next = new CallShelf<string>(KEY);
    shelves.push(next);
    const taken = next.take();
    const stored = tab.getItem(KEY)!;
    setTimeout(() => shelf.forget(), 100); // as a browser lets go of the locks of a page that is gone
    const kept = await taken;
    expect(kept?.note).toBe('said so far');
    expect(kept?.resumption.started).toEqual({ conversationId: voice.conversationId, resumeTicket: 'ticket-1' });
    expect(JSON.parse(stored)).toMatchObject({ resumption: { unplayed: [{ turn: 1 }] } });
  });

  it('leaves a call with the tab that has it when that is duplicated, and clears the copy', async () => {
    const { shelf } = await pageWithCall();
    shelves.push(shelf);
    const copy = tab.duplicate();
    open(copy);
    const other = new CallShelf<string>(KEY);
    await expect(other.take()).resolves.toBeUndefined();
    expect([copy.getItem(KEY), tab.getItem(KEY)]).toEqual([null, expect.any(String)]);
  });

  it('forgets a call that has ended, that is about to, or whose user signs out', async () => {
    const { voice } = await pageWithCall();
    voice.emit('ended');
    expect(tab.getItem(KEY)).toBeNull();

    const hungUp = await pageWithCall();
    shelves.push(hungUp.shelf);
    hungUp.voice.current = undefined;
    page.dispatchEvent(new Event('pagehide'));
    expect(tab.getItem(KEY)).toBeNull();

    const signedOut = await pageWithCall();
    shelves.push(signedOut.shelf);
    forgetKeptCalls('shop.');
    expect(tab.getItem(KEY)).toBeNull();
  });

  it('keeps the call without its audio where that has no room', async () => {
    const { shelf } = await pageWithCall();
    shelves.push(shelf);
    tab.full = true;
    page.dispatchEvent(new Event('pagehide'));
    expect(JSON.parse(tab.getItem(KEY)!).resumption).not.toHaveProperty('unplayed');
  });

  it.each([
    ['nothing', undefined],
    ['what is none', '{"resumption":{"format":0}}'],
    ['what is no JSON', '{'],
    ['what is too old', JSON.stringify({ resumption: resumptionOf('old', Date.now() - 3_600_000), note: '' })],
  ])('takes up nothing of %s', async (_what, stored) => {
    if (stored !== undefined) tab.setItem(KEY, stored);
    await expect(new CallShelf<string>(KEY).take()).resolves.toBeUndefined();
    expect(tab.getItem(KEY)).toBeNull();
  });
});
