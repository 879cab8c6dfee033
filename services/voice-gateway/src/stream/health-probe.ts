/** A WebSocket that says how this gateway is, and closes: shows a prober that upgrades get through, without costing a call. */
import type { WebSocket } from 'ws';

/** 'full': no new call would be taken, for the number of calls or for the load. */
export type HealthStatus = 'ok' | 'draining' | 'full';

const MAX_OPEN_PROBES = 20;
const CLOSE_TIMEOUT_MS = 2_000;

export class HealthProbes {
  /** Oldest first. They have their answer, and are only waited for to close. */
  private readonly open = new Set<WebSocket>();

  answer(socket: WebSocket, status: HealthStatus): void {
    socket.on('error', () => socket.terminate());
    socket.send(JSON.stringify({ type: 'health', status }));
    socket.close(1000, status);
    const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.open.delete(socket);
    });
    this.open.add(socket);
    const [oldest] = this.open;
    if (this.open.size <= MAX_OPEN_PROBES) return;
    this.open.delete(oldest!);
    oldest!.terminate();
  }
}
