import { WebSocket } from 'ws';

const PROBE_INTERVAL_MS = 5_000;
/** A client that neither sent anything nor answered a WebSocket ping for this long has lost its network. */
const LOST_AFTER_MS = 15_000;

/** Watches all clients of the gateway with one timer. A lost one is terminated, which its call takes as `client_lost`. */
export class ClientLiveness {
  private readonly lastSeen = new Map<WebSocket, number>();
  private timer: NodeJS.Timeout | undefined;

  watch(socket: WebSocket): void {
    this.lastSeen.set(socket, Date.now());
    socket.on('pong', () => this.seen(socket));
    socket.once('close', () => this.forget(socket));
    this.timer ??= setInterval(() => this.probe(), PROBE_INTERVAL_MS);
  }

  seen(socket: WebSocket): void {
    if (this.lastSeen.has(socket)) this.lastSeen.set(socket, Date.now());
  }

  private forget(socket: WebSocket): void {
    this.lastSeen.delete(socket);
    if (this.lastSeen.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private probe(): void {
    const now = Date.now();
    for (const [socket, seenAt] of this.lastSeen) {
      if (now - seenAt > LOST_AFTER_MS) socket.terminate();
      else if (now - seenAt > PROBE_INTERVAL_MS / 2 && socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}
