/** What every connection goes through until it is known whose it is, in one place for the socket's door. */
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { clientAddress, clientNetwork, trustedProxies, type TrustsProxy } from '@orbisvoice/service-kit/client-address';
import { CONFIG } from '../clients.js';
import { Admission, noPlace } from './admission.js';
import { TokenTurns, type EndTurn } from './token-turns.js';
import { UnstartedSockets, type UnstartedKind } from './unstarted-sockets.js';

@Injectable()
export class Newcomers {
  private readonly trusts: TrustsProxy;

  constructor(
    @Inject(CONFIG) config: { trustedProxies: string[] },
    @Inject(UnstartedSockets) private readonly unstarted: UnstartedSockets,
    @Inject(TokenTurns) private readonly turns: TokenTurns,
    @Inject(Admission) private readonly admission: Admission,
  ) {
    this.trusts = trustedProxies(config.trustedProxies);
  }

  /** What counts as one client. */
  networkOf({ socket, headers }: IncomingMessage): string {
    const forwarded = headers['x-forwarded-for'];
    const forwardedFor = Array.isArray(forwarded) ? forwarded.join(', ') : forwarded;
    return clientNetwork(clientAddress(socket.remoteAddress, forwardedFor, this.trusts));
  }

  /** `onEvicted`: the place goes to another one. Whatever it had is given back by then. */
  enter(network: string, kind: UnstartedKind, onEvicted: () => void): Newcomer {
    return new Newcomer(network, kind, onEvicted, this.unstarted, this.turns, this.admission);
  }
}

/** One connection, from its upgrade to its end. */
export class Newcomer {
  private leavePlace: () => void;
  private endTurn: EndTurn | undefined;
  private giveBack: (() => void) | undefined;
  private isGone = false;
  private hasFailed = false;

  constructor(
    private readonly network: string,
    private readonly kind: UnstartedKind,
    private readonly onEvicted: () => void,
    private readonly unstarted: UnstartedSockets,
    private readonly turns: TokenTurns,
    private readonly admission: Admission,
  ) {
    this.leavePlace = this.enter();
  }

  /** It has sent a token: it is behind those that have shown nothing when places are taken. False: it is gone, or its place is, when its turn comes. */
  async waitForTurn(): Promise<boolean> {
    this.leavePlace();
    this.leavePlace = this.enter();
    const endTurn = await this.turns.take(this.network);
    if (this.isGone || this.hasFailed) {
      endTurn('good'); // it cost nothing
      return false;
    }
    this.endTurn = endTurn;
    return true;
  }

  /**
   * Its token was good: from now on it has a place among the callers.
   * @throws DomainError `unavailable` when its place went to another one while its token was looked up: it has been told so
   */
  proved(): void {
    this.endTurn?.('good');
    if (this.hasFailed) throw noPlace();
    this.leavePlace();
    if (!this.isGone) this.giveBack ??= this.admission.reserve();
  }

  /** There will be no call. */
  failed(): void {
    this.hasFailed = true;
    this.endTurn?.('worthless');
    this.leavePlace();
  }

  gone(): void {
    this.isGone = true;
    this.leavePlace();
    this.giveBack?.();
  }

  private enter(): () => void {
    const { kind, network } = this;
    return this.unstarted.enter({ kind, network, evict: () => this.onEvicted() });
  }
}
