import { WebSocket } from 'ws';

const PROBE_INTERVAL_MS = 5_000;
/** A client that neither sent anything nor answered a WebSocket ping for this long has lost its network. */
const LOST_AFTER_MS = 15_000;

interface Watched {
  client: { cut(): void };
  seenAt: number;
}

/** Watches all clients of the gateway with one timer. A lost one is cut, which its call takes as `client_lost`. */
export class ClientLiveness {
  private readonly watched = new Map<WebSocket, Watched>();
  private timer: NodeJS.Timeout | undefined;

  watch(socket: WebSocket, client: { cut(): void }): void {
    this.watched.set(socket, { client, seenAt: Date.now() });
    socket.on('pong', () => this.seen(socket));
    socket.once('close', () => this.forget(socket));
    this.timer ??= setInterval(() => this.probe(), PROBE_INTERVAL_MS);
  }

  seen(socket: WebSocket): void {
    const watched = this.watched.get(socket);
    if (watched) watched.seenAt = Date.now();
  }

  /** What waits to be read by clients, of all together. */
  get unsentBytes(): number {
    let bytes = 0;
    for (const socket of this.watched.keys()) bytes += socket.bufferedAmount;
    return bytes;
  }

  private forget(socket: WebSocket): void {
    this.watched.delete(socket);
    if (this.watched.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private probe(): void {
    const now = Date.now();
    for (const [socket, { client, seenAt }] of this.watched) {
      if (now - seenAt > LOST_AFTER_MS) client.cut();
      else if (now - seenAt > PROBE_INTERVAL_MS / 2 && socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}
