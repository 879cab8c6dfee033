/**
 * Whose call token is looked up next. Anybody can send one that is worth nothing, and each costs `accounts` a query: so an address has a few
 * looked up at once, the others wait their turn, and one that was worth nothing keeps its turn a little longer.
 */
import { Injectable } from '@nestjs/common';

/** Of one address. A few milliseconds each, so that a proxy whose callers all seem to be one gets a thousand good ones a second. */
const AT_ONCE = 4;
/** An address that sends nothing else has 200 a second looked up. */
const WORTHLESS_MS = 20;

/** Ends a turn, once however often it is called. */
export type EndTurn = (how: 'good' | 'worthless') => void;

interface Queue {
  running: number;
  waiting: (() => void)[];
}

@Injectable()
export class TokenTurns {
  private readonly queues = new Map<string, Queue>();

  /** Resolves when it is this one's turn. Those who wait are no more than there are sockets without a call. */
  async take(network: string): Promise<EndTurn> {
    const queue = this.queues.get(network) ?? { running: 0, waiting: [] };
    this.queues.set(network, queue);
    if (queue.running < AT_ONCE) queue.running += 1;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    let ended = false;
    return (how) => {
      if (ended) return;
      ended = true;
      if (how === 'good') this.next(network, queue);
      else setTimeout(() => this.next(network, queue), WORTHLESS_MS).unref();
    };
  }

  private next(network: string, queue: Queue): void {
    const next = queue.waiting.shift();
    if (next) return next();
    queue.running -= 1;
    if (queue.running === 0) this.queues.delete(network);
  }
}
