/**
 * A pool's connections to Postgres that the network has swallowed. pg gives up a query that is not answered in time, but keeps its
 * connection and hands it to the next one who asks, for minutes (brianc/node-postgres#3399). Here it is cut, and with it all that were
 * idle meanwhile: they go the same way, and would each cost somebody a query's whole timeout to find out. TCP's own keepalive does not
 * help: a proxy that is still there answers it, and it is not sent while something waits to be acknowledged.
 */
import { Client, type ClientConfig } from 'pg';

const READ_TIMEOUT = 'Query read timeout';

/** For the option `Client` of one pool. */
export function poolConnections(): typeof Client {
  const open = new Set<PoolConnection>();

  class PoolConnection extends Client {
    private answeredAt = 0;
    private unanswered = 0;

    constructor(config?: string | ClientConfig) {
      super(config);
      this.once('connect', () => open.add(this));
      this.once('end', () => open.delete(this));
    }

    /** TypeORM asks for promises. */
    override query(...request: never[]): never {
      const askedAt = performance.now();
      const answer = (super.query as (...request: never[]) => unknown)(...request);
      if (answer instanceof Promise) {
        this.unanswered += 1;
        answer.then(
          () => this.answered(),
          (error: Error) => (error.message === READ_TIMEOUT ? this.lost(askedAt) : this.answered()),
        );
      }
      return answer as never;
    }

    private answered(): void {
      this.unanswered -= 1;
      this.answeredAt = performance.now();
    }

    private lost(askedAt: number): void {
      this.connection.stream.destroy();
      for (const other of open)
        if (other.unanswered === 0 && other.answeredAt < askedAt) other.connection.stream.destroy();
    }
  }
  return PoolConnection;
}
