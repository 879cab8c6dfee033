import { describe, expect, it } from '@jest/globals';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { ClientLine, type ClientLink } from './client-line.js';

class Socket implements ClientLink {
  readonly sent: GatewayMessage[] = [];
  send(message: GatewayMessage): void {
    this.sent.push(message);
  }
  sendAudio(): boolean {
    return true;
  }
  heartbeat(): void {}
  close(): void {}
}

const started = { type: 'call.started' } as GatewayMessage;
const final = (turn: number): GatewayMessage => ({
  type: 'transcript.final',
  turn,
  role: 'agent',
  generated: `turn ${turn}`,
  heard: `turn ${turn}`,
  interrupted: false,
});
const finished = (turn: number): GatewayMessage => ({ type: 'turn.finished', turn, role: 'agent' });
const options = { graceMs: 60_000, onGivenUp: () => undefined };

describe('a client that comes back', () => {
  it('is told the ends of the latest four turns again, for they may not have come through, and nothing else', () => {
    const line = new ClientLine(new Socket(), options);
    for (const turn of [1, 2, 3, 4, 5])
      for (const message of [{ type: 'turn.started', turn, role: 'agent' } as const, final(turn), finished(turn)])
        line.send(message);
    const next = new Socket();
    line.attach(next, started);
    expect(next.sent).toEqual([started, ...[2, 3, 4, 5].flatMap((turn) => [final(turn), finished(turn)])]);
  });

  it('is told once and in order what it was not there for', () => {
    const first = new Socket();
    const line = new ClientLine(first, options);
    line.send(final(1));
    line.detach(first);
    for (const message of [finished(1), final(2)]) line.send(message);
    const next = new Socket();
    line.attach(next, started);
    expect(next.sent).toEqual([started, final(1), finished(1), final(2)]);
    line.close(1000, '');
  });

  it('is told by the next holder what the one before had sent, or kept for it', () => {
    const first = new Socket();
    const line = new ClientLine(first, options);
    line.send(final(1));
    line.detach(first);
    line.send(final(2));
    const successor = new ClientLine(undefined, options);
    successor.restore(line.snapshot());
    line.close(1000, '');
    const next = new Socket();
    successor.attach(next, started);
    expect(next.sent).toEqual([started, final(1), final(2)]);
  });
});
