/**
 * Where sockets are between their upgrade and the proof that they are a call's. They cost no place that calls need: they have places of
 * their own, and the newest always gets one, at the expense of the oldest of whoever holds the most. So whoever starts a call as soon as
 * there is a connection gets through a crowd that shows nothing.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../clients.js';

export interface UnstartedLimits {
  /** Sockets without a call. Those that come back to a call have as many places of their own. */
  maxUnstarted: number;
  /** Of these, from one client address: an address of IPv4, a /64 of IPv6. */
  maxUnstartedPerAddress: number;
}

export type UnstartedKind = 'new' | 'resume';
export const UNSTARTED_KINDS: readonly UnstartedKind[] = ['new', 'resume'];

export interface Newcomer {
  kind: UnstartedKind;
  /** What counts as one client. */
  network: string;
  /** Its place goes to another one. Must not throw. */
  evict(): void;
}

@Injectable()
export class UnstartedSockets {
  private readonly rooms: Record<UnstartedKind, Room>;

  constructor(@Inject(CONFIG) limits: UnstartedLimits) {
    this.rooms = { new: new Room(limits), resume: new Room(limits) };
  }

  /** The function gives the place back, once however often it is called. One that was evicted has none any more. */
  enter(newcomer: Newcomer): () => void {
    return this.rooms[newcomer.kind].enter(newcomer);
  }

  count(kind: UnstartedKind): number {
    return this.rooms[kind].size;
  }
}

/** Of one kind. Sets keep the order in which sockets came. */
class Room {
  size = 0;
  private readonly byNetwork = new Map<string, Set<Newcomer>>();

  constructor(private readonly limits: UnstartedLimits) {}

  enter(newcomer: Newcomer): () => void {
    const { maxUnstarted, maxUnstartedPerAddress } = this.limits;
    const own = this.byNetwork.get(newcomer.network);
    if (own && own.size >= maxUnstartedPerAddress) this.evictOldest(own);
    else if (this.size >= maxUnstarted) this.evictOldest(this.largest());
    this.add(newcomer);
    return () => this.remove(newcomer);
  }

  private add(newcomer: Newcomer): void {
    const sockets = this.byNetwork.get(newcomer.network) ?? new Set();
    this.byNetwork.set(newcomer.network, sockets.add(newcomer));
    this.size += 1;
  }

  private remove(newcomer: Newcomer): void {
    const sockets = this.byNetwork.get(newcomer.network);
    if (!sockets?.delete(newcomer)) return;
    this.size -= 1;
    if (sockets.size === 0) this.byNetwork.delete(newcomer.network);
  }

  private evictOldest(sockets: Set<Newcomer>): void {
    const [oldest] = sockets;
    this.remove(oldest!);
    oldest!.evict();
  }

  /** The first of them when several hold as many, which is the one that came first. */
  private largest(): Set<Newcomer> {
    let largest: Set<Newcomer> = new Set();
    for (const sockets of this.byNetwork.values()) if (sockets.size > largest.size) largest = sockets;
    return largest;
  }
}
