/**
 * Keeps a page's call for the page that comes after it in the same tab: a reload, a crash, a way to another page and back. In
 * sessionStorage, which is the tab's own; and because a tab that is duplicated takes a copy of that along, a Web Lock says which of
 * them has the call.
 */
import { isResumption } from '../call/call-resumption.js';
import type { CallResumption } from '../call/call-resumption.js';
import { parseExactJson } from '../json/exact-json.js';
import type { BrowserVoice } from './browser-voice.js';

/** A page that crashes says nothing, so what is kept is at most so old. */
const SAVE_INTERVAL_MS = 1_000;
/** Browsers may let go of a page's locks a little after the next page has begun. */
const LOCK_WAIT_MS = 1_000;
/** No gateway waits longer for a client that is away. */
const GOOD_FOR_MS = 5 * 60_000;

export interface KeptCall<Note> {
  resumption: CallResumption;
  /** What the page wanted to know of it. */
  note: Note;
}

/** Where one call at a time is kept, under a name of the page's choice. */
export class CallShelf<Note> {
  readonly #key: string;
  #release: (() => void) | undefined;
  #stop: (() => void) | undefined;

  constructor(key: string) {
    this.#key = key;
  }

  /**
   * The call that an earlier page of this tab had, for the option `resume`; it is this page's from then on. Undefined when there is none, it is
   * too old, or another tab has it.
   */
  async take(): Promise<KeptCall<Note> | undefined> {
    const kept = this.#read();
    if (kept === undefined) {
      this.forget();
      return undefined;
    }
    if (await this.#own(kept.resumption.started.conversationId, LOCK_WAIT_MS)) return kept;
    this.forget();
    return undefined;
  }

  /** Keeps this call as long as it goes on. `note` is asked whenever it is written: it must be plain JSON. */
  keep(voice: BrowserVoice, note: () => Note): void {
    this.#stop?.();
    let kept = true;
    const save = (resumption: CallResumption | undefined) => this.#write(resumption, note);
    const started = voice.on('started', ({ conversationId }) => {
      // Where there are no locks, nobody could tell two tabs apart: nothing is kept.
      void this.#own(conversationId, 0).then((owned) => {
        if (!kept) this.#letGo();
        else if (owned) save(voice.resumption());
      });
    });
    const timer = setInterval(() => this.#release && save(voice.resumption()), SAVE_INTERVAL_MS);
    const left = () => this.#release && save(voice.resumption({ withAudio: true }));
    globalThis.addEventListener('pagehide', left);
    this.#stop = () => {
      kept = false;
      started();
      ended();
      clearInterval(timer);
      globalThis.removeEventListener('pagehide', left);
    };
    const ended = voice.on('ended', () => this.forget());
  }

  /** Lets go of what is kept. */
  forget(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#letGo();
    remove(this.#key);
  }

  #letGo(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #read(): KeptCall<Note> | undefined {
    try {
      const kept = parseExactJson(sessionStorage.getItem(this.#key) ?? 'null') as KeptCall<Note> | null;
      if (kept === null || !isResumption(kept.resumption)) return undefined;
      return Date.now() - kept.resumption.atMs > GOOD_FOR_MS ? undefined : kept;
    } catch {
      return undefined; // a browser may keep nothing for a page, and what is there may be anybody's
    }
  }

  #write(resumption: CallResumption | undefined, note: () => Note): void {
    if (resumption === undefined) return remove(this.#key);
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ resumption, note: note() }));
    } catch {
      // It is full: without the audio, or not at all.
      const { unplayed, ...lean } = resumption;
      if (unplayed === undefined) remove(this.#key);
      else this.#write(lean, note);
    }
  }

  /** Whether this page has the call, waiting so long for one that is just going. */
  async #own(conversationId: string, waitMs: number): Promise<boolean> {
    if (this.#release !== undefined) return true;
    const { locks } = navigator as Partial<Pick<Navigator, 'locks'>>;
    if (locks === undefined) return false;
    return await new Promise<boolean>((resolve) => {
      const options = waitMs > 0 ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true };
      const held = locks.request(`${this.#key}/${conversationId}`, options, async (lock) => {
        if (lock === null) return resolve(false);
        await new Promise<void>((release) => {
          this.#release = release;
          resolve(true);
        });
      });
      held.catch(() => resolve(false));
    });
  }
}

/** Forgets what this tab keeps under names that begin so, such as when the person at the page signs out. */
export function forgetKeptCalls(beginning: string): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(beginning)) sessionStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing for a page has nothing to forget.
  }
}

function remove(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing for a page has nothing to forget.
  }
}
