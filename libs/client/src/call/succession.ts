import type { Connection } from './connection.js';

/** Nothing more comes of a gateway that has been silent for so long, though it should have closed its connection. */
const SILENT_MS = 500;
/** On a slow network the rest of what was said may take a while; the caller waits for what the other gateway says meanwhile. */
const READ_WITHIN_MS = 3_000;

/**
 * A call goes on over another connection, and what the older one still brings comes first: the end of an answer that a slow network has
 * not delivered yet. The newer one's words wait for it.
 */
export class Succession {
  #older: Connection | undefined;
  #waiting: (() => void)[] = [];

  /** From now on the older connection is only read. */
  begin(older: Connection | undefined): void {
    this.end();
    this.#older = older;
    older?.readOut(SILENT_MS, READ_WITHIN_MS);
  }

  isOlder(connection: Connection): boolean {
    return connection === this.#older;
  }

  /** Something that came over a connection happens, in its turn. */
  inOrder(connection: Connection, happen: () => void): void {
    if (this.#older === undefined || connection === this.#older) happen();
    else this.#waiting.push(happen);
  }

  /** The older connection has been read, or is not listened to any more. */
  end(): void {
    this.#older?.close('moving');
    this.#older = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const happen of waiting) happen();
  }
}
