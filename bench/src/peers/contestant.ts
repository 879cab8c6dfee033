/** One way to put callers through to the provider, and what the comparison needs to know of it. */
export interface Contestant {
  name: string;
  /** Which callers it needs: a file of bench/peers/transports. */
  transport: string;
  /** Numbers of calls to try, rising, with 1 first and 10 among them. */
  ladder: number[];
  /** Gets ready for `added` calls more; returns the options of their callers. */
  admit(added: number): Promise<Record<string, unknown>>;
  /** The processes of the agent side. Their children count too. */
  pids(): number[];
  stop(): Promise<void>;
}
