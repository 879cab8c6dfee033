import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { ClientLiveness } from './client-liveness.js';

/** A socket as far as it is watched. */
class Socket extends EventEmitter {
  readyState: number = WebSocket.OPEN;
  bufferedAmount = 0;
  pings = 0;
  cuts = 0;

  ping(): void {
    this.pings += 1;
  }

  cut(): void {
    this.cuts += 1;
  }
}

describe('the watch over clients', () => {
  let liveness: ClientLiveness;
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    liveness = new ClientLiveness();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const watched = () => {
    const socket = new Socket();
    liveness.watch(socket as unknown as WebSocket, socket);
    return socket;
  };

  it('asks those that are silent, and cuts those that stay so', () => {
    const silent = watched();
    const answering = watched();
    const sending = watched();
    for (let second = 0; second < 20; second += 1) {
      jest.advanceTimersByTime(1_000);
      if (second % 4 === 0) answering.emit('pong');
      liveness.seen(sending as unknown as WebSocket);
    }
    expect([silent.cuts > 0, answering.cuts, sending.cuts]).toEqual([true, 0, 0]);
    expect([silent.pings > 0, sending.pings]).toEqual([true, 0]);
  });

  it('knows what waits to be read by all that are there, and ends with the last of them', () => {
    const [first, second] = [watched(), watched()];
    first.bufferedAmount = 70;
    second.bufferedAmount = 5;
    expect(liveness.unsentBytes).toBe(75);
    first.emit('close');
    expect([liveness.unsentBytes, jest.getTimerCount()]).toEqual([5, 1]);
    second.emit('close');
    expect([liveness.unsentBytes, jest.getTimerCount()]).toEqual([0, 0]);
  });
});
