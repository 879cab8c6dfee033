/**
 * What Postgres answers when it is there and can't do its work for want of room, memory or connections, or because it only reads.
 * The caller did nothing wrong and the same request may succeed later, so each is `unavailable`, with a sentence of its own.
 */
import { DomainError } from './errors.js';

const LATER = 'try again later';

interface Trouble {
  /** For the caller. */
  sentence: string;
  /** For whoever runs the platform: what to do. */
  remedy: string;
}

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TROUBLES: Record<string, Trouble> = {
  '53100': {
    sentence: `The database's disk is full, so nothing can be saved until there is room: ${LATER}.`,
    remedy: 'the disk of Postgres is full: make room on it or make it larger; what waits is stored then',
  },
  '53200': {
    sentence: `The database has no memory left at the moment: ${LATER}.`,
    remedy: 'Postgres is out of memory: give it more, or lower work_mem or max_connections',
  },
  '53300': {
    sentence: `The database has no connection left at the moment: ${LATER}.`,
    remedy:
      'Postgres has no connection left: raise max_connections, or lower DATABASE_POOL_SIZE or the number of replicas',
  },
  '58030': {
    sentence: `The database can't read or write its disk at the moment: ${LATER}.`,
    remedy: 'Postgres met an I/O error: look at its log and its disk',
  },
  '25006': {
    sentence: `The database only answers reads at the moment, so nothing can be saved: ${LATER}.`,
    remedy:
      'Postgres is read-only (a standby, or default_transaction_read_only): see that DATABASE_URL leads to the primary',
  },
};

const RETRY_AFTER_MS = 5_000;
/** Reads go on while writes fail, so no query tells that it is over. Whoever has something to store asks more often than this. */
const MEMORY_MS = 30_000;

export class DatabaseTrouble {
  private last: { code: string; at: number } | undefined;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Undefined when `error` is something else.
   *
   * @returns the error for the caller, and the line for the log unless the same has been said just before
   */
  seen(error: unknown): { error: DomainError; code: string; line: string | undefined } | undefined {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (typeof code !== 'string' || !Object.hasOwn(TROUBLES, code)) return undefined;
    const { sentence, remedy } = TROUBLES[code]!;
    const line = this.current === code ? undefined : remedy;
    this.last = { code, at: this.now() };
    return {
      error: new DomainError('unavailable', sentence, { cause: error, retryAfterMs: RETRY_AFTER_MS }),
      code,
      line,
    };
  }

  /** For health. @throws what to do, while it lasts */
  check(): void {
    if (this.current !== undefined) throw new Error(TROUBLES[this.current]!.remedy);
  }

  private get current(): string | undefined {
    return this.last && this.now() - this.last.at < MEMORY_MS ? this.last.code : undefined;
  }
}
