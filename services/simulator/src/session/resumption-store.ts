import { randomBytes } from 'node:crypto';
import type { MemorySnapshot } from './session-memory.js';

/** As long as the real server keeps a handle. */
const HANDLE_LIFE_MS = 2 * 3600_000;
const MAX_SESSIONS = 2_000;
const HANDLES_PER_SESSION = 4;

interface KeptSession {
  /** Newest last. */
  handles: { handle: string; memory: MemorySnapshot; expiresAt: number }[];
}

export interface ResumedSession {
  sessionId: string;
  memory: MemorySnapshot;
}

/** Sessions that can be resumed, in memory: the last few handles of the last 2,000 sessions, for two hours. */
export class ResumptionStore {
  private readonly sessions = new Map<string, KeptSession>();
  private readonly sessionOf = new Map<string, string>();

  /** A new handle for the session as it is now. Older ones stay valid for a while. */
  save(sessionId: string, memory: MemorySnapshot, now = Date.now()): string {
    const session = this.sessions.get(sessionId) ?? { handles: [] };
    // The most recently used session moves to the end of the map.
    this.sessions.delete(sessionId);
    this.sessions.set(sessionId, session);
    const handle = randomBytes(32).toString('base64url');
    session.handles.push({ handle, memory, expiresAt: now + HANDLE_LIFE_MS });
    this.sessionOf.set(handle, sessionId);
    while (session.handles.length > HANDLES_PER_SESSION) this.sessionOf.delete(session.handles.shift()?.handle ?? '');
    this.forgetOldest();
    return handle;
  }

  find(handle: string, now = Date.now()): ResumedSession | undefined {
    const sessionId = this.sessionOf.get(handle);
    const kept =
      sessionId === undefined
        ? undefined
        : this.sessions.get(sessionId)?.handles.find((each) => each.handle === handle);
    return kept && sessionId !== undefined && kept.expiresAt > now ? { sessionId, memory: kept.memory } : undefined;
  }

  private forgetOldest(): void {
    for (const [sessionId, session] of this.sessions) {
      if (this.sessions.size <= MAX_SESSIONS) return;
      for (const { handle } of session.handles) this.sessionOf.delete(handle);
      this.sessions.delete(sessionId);
    }
  }
}
