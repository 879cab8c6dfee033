import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CallStarted } from '../protocol/messages.js';
import { Connection } from './connection.js';
import type { VoiceError } from './voice-error.js';
import type { SocketEvents, VoiceSocket } from './voice-socket.js';

class FakeSocket implements VoiceSocket {
  bufferedAmount = 0;
  sent: (string | Uint8Array)[] = [];
  closedWith: number | 'abandoned' | undefined;

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }
  close(code: number): void {
    this.closedWith ??= code;
  }
  abandon(): void {
    this.closedWith ??= 'abandoned';
  }
}

describe('Connection', () => {
  let socket: FakeSocket;
  let server: SocketEvents;
  const failures: { stage: string; error: VoiceError }[] = [];
  const started: CallStarted[] = [];
  const messages: unknown[] = [];

  beforeEach(() => {
    jest.useFakeTimers();
    socket = new FakeSocket();
    for (const list of [failures, started, messages]) list.length = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function connect(getToken = () => Promise.resolve('token')): Promise<Connection> {
    const connection = new Connection(
      {
        url: 'ws://gateway/stream',
        getToken,
        startTimeoutMs: 10_000,
        livenessTimeoutMs: 3_000,
        openSocket: (_url, _subprotocol, events) => {
          server = events;
          return socket;
        },
      },
      {
        started: (message) => started.push(message),
        message: (message) => messages.push(message),
        audio: () => {},
        checked: () => {},
        readToEnd: () => messages.push('read to its end'),
        failed: (stage, error) => failures.push({ stage, error }),
      },
    );
    await Promise.resolve();
    await Promise.resolve();
    return connection;
  }

  async function begin(): Promise<Connection> {
    const connection = await connect();
    server.opened();
    server.text('{"type":"call.started","resumeTicket":"t"}');
    return connection;
  }

  it('sends call.start in the very tick in which the connection opens', async () => {
    await connect();
    expect(socket.sent).toEqual([]);
    server.opened();
    expect(socket.sent).toEqual(['{"type":"call.start","token":"token"}']);
  });

  it('is dead after 3 s without a word, and says so once', async () => {
    await begin();
    jest.advanceTimersByTime(2_900);
    expect(failures).toEqual([]);
    jest.advanceTimersByTime(600);
    expect(failures).toMatchObject([{ stage: 'active', error: { kind: 'unavailable', retryable: true } }]);
    expect(socket.closedWith).toBe('abandoned');
    server.closed({ opened: true, code: 1006, reason: '' });
    expect(failures).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['a ping', () => server.text('{"type":"ping"}')],
    ['something unknown', () => server.text('?')],
    ['audio', () => server.binary(new Uint8Array(100))],
  ])('lives on with %s a second', async (_what, hear) => {
    await begin();
    for (let second = 0; second < 10; second++) {
      jest.advanceTimersByTime(1_000);
      hear();
    }
    expect(failures).toEqual([]);
  });

  it('does not blame the gateway for a stall of this process', async () => {
    await begin();
    jest.advanceTimersByTime(1_000);
    // As if nothing had run for ten seconds: the clock jumps, then the timer fires before the messages are read.
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 10_000);
    jest.advanceTimersByTime(500);
    server.text('{"type":"ping"}');
    jest.advanceTimersByTime(500);
    expect(failures).toEqual([]);
    clock.mockRestore();
  });

  it('explains a close code by the error before it, but not by one long past', async () => {
    await begin();
    server.text('{"type":"error","kind":"conflict","message":"Old.","retryable":false}');
    server.text('{"type":"ping"}');
    server.closed({ opened: true, code: 4500, reason: '' });
    expect(failures).toMatchObject([{ error: { kind: 'internal', message: 'The gateway failed.', closeCode: 4500 } }]);
  });

  it('gives up on a token that never comes, and does not connect when it comes late', async () => {
    const token = Promise.withResolvers<string>();
    await connect(() => token.promise);
    jest.advanceTimersByTime(10_000);
    expect(failures).toMatchObject([{ stage: 'token', error: { kind: 'deadline_exceeded' } }]);
    token.resolve('late');
    await Promise.resolve();
    expect(socket.sent).toEqual([]);
  });

  describe('that is read out', () => {
    const TURN = '{"type":"turn.started","turn":1,"role":"user"}';
    const read = { type: 'turn.started', turn: 1, role: 'user' };
    let connection: Connection;
    beforeEach(async () => {
      connection = await begin();
      socket.sent = [];
      connection.readOut(500, 3_000);
    });
    afterEach(() => {
      expect([socket.sent, failures, jest.getTimerCount()]).toEqual([[], [], 0]);
    });

    it('sends nothing more, and tells all that still comes until the gateway closes it', () => {
      connection.sendText('late');
      jest.advanceTimersByTime(400);
      server.text(TURN);
      jest.advanceTimersByTime(400);
      server.closed({ opened: true, code: 1001, reason: 'moving' });
      expect(messages).toEqual([read, 'read to its end']);
    });

    it('is closed from this side when the gateway has fallen silent', () => {
      jest.advanceTimersByTime(450);
      server.text(TURN);
      jest.advanceTimersByTime(300);
      server.text('{"type":"ping"}');
      jest.advanceTimersByTime(150);
      expect(messages).toEqual([read, { type: 'ping' }]);
      jest.advanceTimersByTime(100);
      expect(messages).toEqual([read, { type: 'ping' }, 'read to its end']);
      expect(socket.closedWith).toBe(1000);
      server.text(TURN);
      expect(messages).toHaveLength(3);
    });

    it('is closed from this side when it takes too long', () => {
      for (let at = 0; at < 3_000; at += 250) {
        server.text(TURN);
        jest.advanceTimersByTime(250);
      }
      expect(messages).toEqual([...Array.from({ length: 12 }, () => read), 'read to its end']);
      expect(socket.closedWith).toBe(1000);
    });
  });

  it('says nothing more once it is closed from this side', async () => {
    const connection = await begin();
    connection.close('ended');
    expect(socket.closedWith).toBe(1000);
    server.text('{"type":"turn.started","turn":1,"role":"user"}');
    server.closed({ opened: true, code: 1000, reason: '' });
    connection.sendText('late');
    expect([messages, failures]).toEqual([[], []]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
