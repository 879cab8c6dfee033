/** The clients' WebSockets: how many there are, and by whom and how they end. */
import { CLOSE_CODES } from '@orbisvoice/client/protocol/constants';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Who ended the connection. A client whose network has gone can not say so: that is 1006, by whoever noticed. */
export type ClosingSide = 'client' | 'gateway';

/** How a connection ended that had not said which call it is for. `left`: by the client's doing. */
export const UNSTARTED_ENDS = ['evicted', 'timed_out', 'left'] as const;
export type UnstartedEnd = (typeof UNSTARTED_ENDS)[number];

/** What a client sent beyond its budget. */
const REFUSED_MESSAGES = ['text', 'message', 'position', 'ping'] as const;
export type RefusedMessage = (typeof REFUSED_MESSAGES)[number];

/** RFC 6455, section 7.4.1. A client may send any other, which is a label of a bounded set all the same. */
const KNOWN_CODES: Record<ClosingSide, Set<number>> = {
  client: new Set([1000, 1001, 1005, 1006]),
  gateway: new Set([1000, 1001, 1002, 1006, 1007, 1008, 1009, ...Object.values(CLOSE_CODES)]),
};
const SIDES = Object.keys(KNOWN_CODES) as ClosingSide[];

export class SocketMetrics {
  private readonly active: Gauge;
  private readonly peak: Gauge;
  private readonly closes: Counter<'side' | 'code'>;
  private readonly unstarted: Counter<'how'>;
  private readonly refused: Counter<'budget'>;
  private open = 0;
  private mostOpen = 0;

  constructor(private readonly registry: Registry) {
    const named = (name: string, help: string) => ({
      name: `orbisvoice_gateway_ws_${name}`,
      help,
      registers: [registry],
    });
    this.active = new Gauge(named('connections_active', "Clients' WebSockets that are open now"));
    this.peak = new Gauge(named('connections_peak', "Most clients' WebSockets open at once since the start"));
    this.closes = new Counter({
      ...named('closes_total', "Ends of clients' WebSockets, by close code and by who closed"),
      labelNames: ['side', 'code'],
    });
    this.unstarted = new Counter({
      ...named('unstarted_ended_total', "Ends of clients' WebSockets that had not said which call they are for"),
      labelNames: ['how'],
    });
    this.refused = new Counter({
      ...named('messages_refused_total', "Clients' messages beyond their budget"),
      labelNames: ['budget'],
    });
    for (const budget of REFUSED_MESSAGES) this.refused.inc({ budget }, 0);
    for (const how of UNSTARTED_ENDS) this.unstarted.inc({ how }, 0);
    for (const side of SIDES)
      for (const code of [...KNOWN_CODES[side], 'other']) this.closes.inc({ side, code: String(code) }, 0);
  }

  opened(): void {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    this.active.set(this.open);
    this.peak.set(this.mostOpen);
  }

  messageRefused(budget: RefusedMessage): void {
    this.refused.inc({ budget });
  }

  unstartedEnded(how: UnstartedEnd): void {
    this.unstarted.inc({ how });
  }

  /** Registers the gauge of what clients have not read yet. */
  watchUnsent(readBytes: () => number): void {
    const unsent = new Gauge({
      name: 'orbisvoice_gateway_ws_unsent_bytes',
      help: 'What waits in this process to be read by clients, of all together',
      registers: [],
      collect() {
        this.set(readBytes());
      },
    });
    this.registry.registerMetric(unsent);
  }

  closed(side: ClosingSide, code: number): void {
    this.open -= 1;
    this.active.set(this.open);
    this.closes.inc({ side, code: KNOWN_CODES[side].has(code) ? String(code) : 'other' });
  }
}
