import { cutText } from '@orbisvoice/service-kit/cut-text';
import type { HistoryEntry } from '../mind/mind-script.js';

const MAX_ENTRIES = 200;
const MAX_TEXT_LENGTH = 8_000;
const MAX_FACTS = 50;

/** What a resumption handle stands for. Never changed once made, so many handles can share it. */
export interface MemorySnapshot {
  readonly history: readonly HistoryEntry[];
  readonly facts: Readonly<Record<string, string>>;
  readonly lastReply: string;
}

/** What a session remembers: the conversation, and what the mind noted. */
export class SessionMemory {
  facts: Record<string, string>;
  lastReply: string;
  private entries: HistoryEntry[];

  constructor(from?: MemorySnapshot) {
    this.entries = [...(from?.history ?? [])];
    this.facts = { ...from?.facts };
    this.lastReply = from?.lastReply ?? '';
  }

  get history(): readonly HistoryEntry[] {
    return this.entries;
  }

  add(entry: HistoryEntry): void {
    if (entry.text === '') return;
    this.entries.push(Object.freeze({ ...entry, text: cutText(entry.text, MAX_TEXT_LENGTH) }));
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
  }

  /** The last thing the user said, if nothing was answered since. */
  lastUserText(): string {
    return this.entries.findLast((entry) => entry.role === 'user' && !entry.silent)?.text ?? '';
  }

  snapshot(): MemorySnapshot {
    const facts = Object.fromEntries(Object.entries(this.facts).slice(-MAX_FACTS));
    return { history: [...this.entries], facts, lastReply: this.lastReply };
  }
}
