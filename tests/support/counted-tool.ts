/** A tool's endpoint that keeps count of what it is asked to do, by idempotency key. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export class CountedTool {
  /** Requests by Idempotency-Key. */
  readonly runs = new Map<string, number>();
  private held: { begun(): void; released: Promise<void> } | undefined;
  private readonly server: Server = createServer((request, response) => {
    const key = String(request.headers['idempotency-key'] ?? '');
    this.runs.set(key, (this.runs.get(key) ?? 0) + 1);
    response.setHeader('content-type', 'application/json');
    const { held } = this;
    this.held = undefined;
    held?.begun();
    void Promise.resolve(held?.released).then(() => response.end('{"status":"shipped"}'));
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get hostAndPort(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get definition(): Record<string, unknown> {
    return {
      name: 'look_up_order',
      description: 'Looks up an order.',
      http: { method: 'POST', url: `http://${this.hostAndPort}/orders` },
    };
  }

  /** The next run begins, and does not end before it is released. */
  holdNext(): { begun: Promise<void>; release(): void } {
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.held = { begun: begun.resolve, released: released.promise };
    return { begun: begun.promise, release: released.resolve };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
