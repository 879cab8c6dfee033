import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VoiceCall } from '../src/call/voice-call.js';
import type { VoiceCallOptions } from '../src/call/voice-call.js';
import { VoiceError } from '../src/call/voice-error.js';
import { waitFor } from '../src/call/wait-for.js';
import { nodeSocketOpener } from '../src/node/node-socket.js';
import { CLOSE_CODES } from '../src/protocol/constants.js';
import { ScriptedGateway, until } from './scripted-gateway.js';

const FRAME = new Int16Array(640);

describe('VoiceCall over a real WebSocket', () => {
  let gateway: ScriptedGateway;
  let call: VoiceCall;
  let tokens: number;

  beforeEach(async () => {
    gateway = await ScriptedGateway.listen();
    tokens = 0;
  });
  afterEach(async () => {
    await gateway.close();
    void call.end();
  });

  function makeCall(options: Partial<VoiceCallOptions> = {}): VoiceCall {
    call = new VoiceCall({
      url: gateway.url,
      getToken: () => Promise.resolve(`token-${++tokens}`),
      openSocket: nodeSocketOpener(),
      livenessTimeoutMs: 800,
      endTimeoutMs: 500,
      ...options,
    });
    return call;
  }

  async function startedCall(options: Partial<VoiceCallOptions> = {}): Promise<VoiceCall> {
    gateway.play((end) => end.start());
    await makeCall(options).start();
    return call;
  }

  describe('at the start', () => {
    it('sends call.start first and resolves with what the gateway answers', async () => {
      gateway.play((end) => end.start());
      const agentId = '0198c0de-0000-7000-8000-000000000002';
      const started = await makeCall({ agentId }).start();
      expect(started).toMatchObject({ agentName: 'Ada', agentVersion: 3 });
      expect(gateway.latest.callStart).toEqual({ type: 'call.start', token: 'token-1', agentId });
      expect(call.state).toBe('active');
    });

    it.each(Object.entries(CLOSE_CODES))('tells a refusal with %s (%i) as a typed error', async (_name, code) => {
      gateway.play((end) => end.socket.close(code, 'Because of the test.'));
      await expect(makeCall().start()).rejects.toMatchObject({
        name: 'VoiceError',
        message: 'Because of the test.',
        closeCode: code,
        kind: expect.any(String),
      });
      expect(call.state).toBe('ended');
      expect(tokens).toBe(1);
    });

    it("prefers the gateway's own error message, with its field, to the close code", async () => {
      gateway.play((end) => {
        const message = 'The token has been used.';
        end.send({ type: 'error', kind: 'unauthenticated', message, field: 'token', retryable: false });
        end.socket.close(CLOSE_CODES.unauthenticated);
      });
      await expect(makeCall().start()).rejects.toMatchObject({
        kind: 'unauthenticated',
        message: 'The token has been used.',
        field: 'token',
        retryable: false,
        closeCode: 4401,
      });
    });

    it('does not wait for a close code that never comes', async () => {
      gateway.play((end) => end.send({ type: 'error', kind: 'not_found', message: 'No agent.', retryable: false }));
      await expect(makeCall().start()).rejects.toMatchObject({ kind: 'not_found', closeCode: undefined });
    });

    it('rejects with what getToken rejects with', async () => {
      const refused = new VoiceError({ kind: 'resource_exhausted', message: 'Wait a minute.', retryable: true });
      await expect(makeCall({ getToken: () => Promise.reject(refused) }).start()).rejects.toBe(refused);
      const throws = () => {
        throw refused;
      };
      await expect(makeCall({ getToken: throws }).start()).rejects.toBe(refused);
      await expect(makeCall({ getToken: () => Promise.reject(new Error('offline')) }).start()).rejects.toMatchObject({
        kind: 'unavailable',
        message: 'offline',
        field: 'token',
      });
    });

    it('tells the status and detail of a refused upgrade where the platform shows them', async () => {
      gateway.refuse(403, 'This origin may not call');
      await expect(makeCall().start()).rejects.toMatchObject({
        kind: 'permission_denied',
        message: expect.stringContaining('This origin may not call'),
        retryable: false,
      });
    });

    it('asks for a token again after a retryable refusal, whose rejection then carries the reason', async () => {
      gateway.refuse(503, 'Full');
      const reason = new VoiceError({ kind: 'resource_exhausted', message: 'Your plan is used up.', retryable: false });
      const getToken = () => (++tokens === 1 ? Promise.resolve('token-1') : Promise.reject(reason));
      await expect(makeCall({ getToken }).start()).rejects.toBe(reason);
      expect(tokens).toBe(2);
    });

    it('says so when nobody listens', async () => {
      const url = 'ws://127.0.0.1:1/stream';
      await expect(makeCall({ url }).start()).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
      expect(tokens).toBe(2);
    });

    it('refuses an address that is none', async () => {
      await expect(makeCall({ url: 'nonsense' }).start()).rejects.toMatchObject({
        kind: 'invalid_argument',
        field: 'url',
      });
    });

    it('gives up on a gateway that never answers', async () => {
      await expect(makeCall({ startTimeoutMs: 200 }).start()).rejects.toMatchObject({ kind: 'deadline_exceeded' });
      await until(() => gateway.latest.closeCode !== undefined);
    });

    it('can be cancelled', async () => {
      const starting = makeCall().start();
      await until(() => gateway.connections.length === 1);
      await expect(call.end()).resolves.toMatchObject({ reason: 'client_ended' });
      await expect(starting).rejects.toMatchObject({ kind: 'cancelled' });
      await until(() => gateway.latest.closeCode !== undefined);
    });
  });

  describe('while it is on', () => {
    it('tells everything the gateway says, and ignores what it does not know', async () => {
      await startedCall();
      const told: unknown[] = [];
      for (const name of [
        'turnStarted',
        'transcriptUpdated',
        'transcriptFinished',
        'toolStarted',
        'turnFinished',
      ] as const) {
        call.on(name, (event) => told.push({ ...event, type: name }));
      }
      const end = gateway.latest;
      end.socket.send('{"type":"future.thing","x":1}');
      end.socket.send('not json');
      end.socket.send('[]');
      end.socket.send(new Uint8Array(3));
      end.send({ type: 'turn.started', turn: 2, role: 'agent' });
      end.send({ type: 'transcript.delta', turn: 2, role: 'agent', text: 'Good ' });
      end.send({ type: 'transcript.delta', turn: 2, role: 'agent', text: 'day' });
      end.send({ type: 'tool.started', turn: 2, toolCallId: 'c1', name: 'weather', arguments: { city: 'Ulm' } });
      const final = { turn: 2, role: 'agent', generated: 'Good day', heard: 'Good', interrupted: true } as const;
      end.send({ type: 'transcript.final', ...final });
      end.send({
        type: 'turn.finished',
        turn: 2,
        role: 'agent',
        timings: { audioGeneratedMs: 900, audioPlayedMs: 400 },
      });
      await waitFor(call, 'turnFinished');
      expect(told).toEqual([
        { type: 'turnStarted', turn: 2, role: 'agent' },
        { type: 'transcriptUpdated', turn: 2, role: 'agent', text: 'Good ', delta: 'Good ' },
        { type: 'transcriptUpdated', turn: 2, role: 'agent', text: 'Good day', delta: 'day' },
        { type: 'toolStarted', turn: 2, toolCallId: 'c1', name: 'weather', arguments: { city: 'Ulm' } },
        { type: 'transcriptFinished', ...final },
        { type: 'turnFinished', turn: 2, role: 'agent', timings: { audioGeneratedMs: 900, audioPlayedMs: 400 } },
      ]);
      expect(call.state).toBe('active');
    });

    it("tells a turn's end once, though the gateway says it again after a reconnect", async () => {
      await startedCall();
      const told: string[] = [];
      call.on('turnFinished', ({ turn }) => told.push(`${turn} finished`));
      call.on('transcriptFinished', ({ turn, generated }) => told.push(`${turn} ${generated}`));
      const end = gateway.latest;
      const final = (turn: number, generated: string) =>
        end.send({ type: 'transcript.final', turn, role: 'agent', generated, heard: generated, interrupted: false });
      const finished = (turn: number) => end.send({ type: 'turn.finished', turn, role: 'agent' });
      for (const turn of [2, 2, 4]) {
        final(turn, 'Good day');
        finished(turn);
      }
      await waitFor(call, 'turnFinished', ({ turn }) => turn === 4);
      expect(told).toEqual(['2 Good day', '2 finished', '4 Good day', '4 finished']);
    });

    it('sends texts, tool results and positions as the protocol says', async () => {
      await startedCall();
      call.sendText('Hello');
      call.sendToolResult('c1', { result: { degrees: 21 } });
      call.sendToolResult('c2', { error: 'no network' });
      call.reportPlayback(2, 250.5);
      const { messages } = gateway.latest;
      await until(() => messages.length === 5);
      expect(messages.slice(1)).toEqual([
        { type: 'input.text', text: 'Hello', id: '1' },
        { type: 'tool.result', toolCallId: 'c1', result: { degrees: 21 } },
        { type: 'tool.result', toolCallId: 'c2', error: 'no network' },
        { type: 'playback.position', turn: 2, playedMs: 250.5 },
      ]);
    });

    it('refuses what the gateway would refuse, before sending it', async () => {
      await startedCall();
      expect(() => call.sendAudio(new Int16Array(159))).toThrow(VoiceError);
      expect(() => call.sendAudio(new Int16Array(3_201))).toThrow(VoiceError);
      expect(() => call.sendText('')).toThrow(VoiceError);
      expect(() => call.sendText('x'.repeat(8_001))).toThrow(VoiceError);
      expect(() => call.sendToolResult('c1', { result: 'ä'.repeat(40_000) })).toThrow(/64 KiB/);
    });

    it('tells an error of the gateway and goes on', async () => {
      await startedCall();
      const error = waitFor(call, 'error');
      gateway.latest.send({ type: 'error', kind: 'invalid_argument', message: 'Unknown type.', retryable: false });
      await expect(error).resolves.toMatchObject({ kind: 'invalid_argument', message: 'Unknown type.' });
      expect(call.state).toBe('active');
    });

    it('numbers its audio and forgets what is acknowledged', async () => {
      await startedCall();
      for (let index = 0; index < 10; index++) call.sendAudio(FRAME);
      await until(() => gateway.latest.frames.length === 10);
      expect(gateway.latest.frames.at(-1)).toMatchObject({ sequence: 9, timestamp: 5_760 });
      expect(call.stats.framesUnacknowledged).toBe(10);
      gateway.latest.send({ type: 'audio.ack', sequence: 6 });
      await until(() => call.stats.framesUnacknowledged === 3);
    });

    it('hands on agent audio until the turn is interrupted', async () => {
      await startedCall();
      const received: number[] = [];
      call.on('audioReceived', ({ turn, samples }) => received.push(turn * 10_000 + samples.length));
      const end = gateway.latest;
      end.send({ type: 'turn.started', turn: 2, role: 'agent' });
      end.sendAudio(2, new Int16Array(1_920));
      end.send({ type: 'interrupted', turn: 2 });
      end.sendAudio(2, new Int16Array(960));
      end.send({ type: 'turn.finished', turn: 2, role: 'agent' });
      await waitFor(call, 'turnFinished');
      expect(received).toEqual([20_960, 20_960]);
      expect(call.stats).toMatchObject({ agentFramesReceived: 3, agentFramesLost: 0 });
    });

    it('drops its oldest audio when the gateway reads too slowly, and counts it', async () => {
      await startedCall({ livenessTimeoutMs: 20_000 });
      gateway.latest.rawSocket.pause();
      const seconds = 600;
      for (let index = 0; index < seconds * 25; index++) {
        call.sendAudio(FRAME);
        if (index % 25 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const { framesSent, framesDropped } = call.stats;
      expect(framesDropped).toBeGreaterThan(0);
      expect(framesSent + framesDropped + 50).toBeGreaterThanOrEqual(seconds * 25);
      gateway.latest.rawSocket.resume();
      await until(() => {
        call.sendAudio(FRAME);
        return gateway.latest.frames.length > framesSent;
      });
      const sequences = gateway.latest.frames.map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_, index) => index));
    });
  });

  describe('at the end', () => {
    it('hangs up and tells the reason the gateway gives', async () => {
      await startedCall();
      const ending = call.end();
      await until(() => gateway.latest.messages.at(-1)?.type === 'call.end');
      gateway.latest.send({ type: 'call.ended', reason: 'client_ended' });
      await expect(ending).resolves.toEqual({ reason: 'client_ended' });
      await until(() => gateway.latest.closeCode === 1000);
      expect(() => call.sendText('too late')).toThrow(/no call/);
      expect(() => call.sendAudio(FRAME)).not.toThrow();
    });

    it('does not wait for ever for the answer', async () => {
      await startedCall();
      await expect(call.end()).resolves.toMatchObject({ reason: 'client_ended' });
    });

    it('ends when the gateway says so', async () => {
      await startedCall();
      const ended = waitFor(call, 'ended');
      gateway.latest.send({ type: 'call.ended', reason: 'max_duration', detail: 'Ten minutes are over.' });
      await expect(ended).resolves.toEqual({ reason: 'max_duration', detail: 'Ten minutes are over.' });
    });
  });

  describe('when the connection is lost', () => {
    it('ends as client_lost when it may not reconnect', async () => {
      await startedCall({ reconnectAttempts: 0 });
      const ended = waitFor(call, 'ended');
      gateway.latest.rawSocket.destroy();
      await expect(ended).resolves.toMatchObject({
        reason: 'client_lost',
        error: { kind: 'unavailable', closeCode: 1006 },
      });
    });

    it('takes a gateway that has fallen silent for dead', async () => {
      await startedCall({ reconnectAttempts: 0 });
      const ended = waitFor(call, 'ended');
      gateway.latest.stopHeartbeat();
      await expect(ended).resolves.toMatchObject({ reason: 'client_lost', error: { kind: 'unavailable' } });
      await until(() => gateway.latest.closeCode !== undefined);
    });

    it('stays as long as anything is heard', async () => {
      await startedCall({ livenessTimeoutMs: 300 });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(call.state).toBe('active');
      expect(gateway.connections).toHaveLength(1);
    });

    it('reconnects with a new token and its ticket, replays what was not acknowledged, and keeps what was said meanwhile', async () => {
      await startedCall();
      const [first] = gateway.connections;
      const agentRestarted = waitFor(call, 'started');
      for (const text of ['Taken', 'Lost with the gateway']) call.sendText(text);
      first!.send({ type: 'input.ack', id: '1' });
      for (let index = 0; index < 5; index++) call.sendAudio(FRAME);
      await until(() => first!.frames.length === 5);
      first!.send({ type: 'audio.ack', sequence: 2 });
      await until(() => call.stats.framesUnacknowledged === 2);
      gateway.play(() => {});
      first!.rawSocket.destroy();
      await until(() => gateway.connections.length === 2);
      expect(call.state).toBe('reconnecting');
      call.sendAudio(FRAME);
      call.sendText('Are you there?');
      call.reportPlayback(2, 100);
      call.reportPlayback(2, 350);
      const second = gateway.latest;
      await until(() => second.messages.length === 1);
      expect(second.callStart).toEqual({ type: 'call.start', token: 'token-2', resumeTicket: 'ticket-1' });
      second.start('ticket-2');
      await expect(agentRestarted).resolves.toMatchObject({ resumed: true, resumeTicket: 'ticket-2' });
      await until(() => second.frames.length === 3 && second.messages.length === 4);
      expect(second.frames.map(({ sequence }) => sequence)).toEqual([3, 4, 5]);
      expect(second.messages.slice(1)).toEqual([
        { type: 'input.text', text: 'Lost with the gateway', id: '2' },
        { type: 'input.text', text: 'Are you there?', id: '3' },
        { type: 'playback.position', turn: 2, playedMs: 350 },
      ]);
      expect(call.stats).toMatchObject({ framesReplayed: 2, framesDropped: 0, reconnects: 1 });
      call.sendAudio(FRAME);
      await until(() => second.frames.at(-1)?.sequence === 6);
    });

    it('ends cleanly when the gateway refuses the resumption', async () => {
      await startedCall();
      gateway.play((end) => {
        end.send({
          type: 'error',
          kind: 'failed_precondition',
          message: 'Resumption is not offered.',
          retryable: false,
        });
        end.socket.close(CLOSE_CODES.badRequest);
      });
      const ended = waitFor(call, 'ended');
      gateway.latest.rawSocket.destroy();
      await expect(ended).resolves.toMatchObject({
        reason: 'client_lost',
        error: { kind: 'failed_precondition', message: 'Resumption is not offered.' },
      });
      expect(gateway.connections).toHaveLength(2);
    });

    it('gives up when nobody comes back', async () => {
      await startedCall({ reconnectAttempts: 2 });
      const ended = waitFor(call, 'ended');
      gateway.refuse(503, 'Down');
      gateway.latest.rawSocket.destroy();
      await expect(ended).resolves.toMatchObject({ reason: 'client_lost', error: { kind: 'unavailable' } });
      expect(tokens).toBe(3);
    });

    it('talks on over its connection until another one carries the call, when the gateway asks it to move', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.play(() => {});
      const moved = waitFor(call, 'moveRequested');
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await expect(moved).resolves.toMatchObject({ withinMs: 5_000 });
      await until(() => gateway.connections.length === 2);
      const second = gateway.latest;
      await until(() => second.messages.length === 1);
      expect(second.callStart).toEqual({ type: 'call.start', token: 'token-2', resumeTicket: 'ticket-1' });
      call.sendAudio(FRAME);
      call.sendText('Still here');
      await until(() => first!.frames.length === 1 && first!.messages.length === 2);
      expect([call.state, first!.closeCode]).toEqual(['active', undefined]);
      const resumed = waitFor(call, 'started');
      second.start('ticket-2');
      await expect(resumed).resolves.toMatchObject({ resumed: true, resumeTicket: 'ticket-2' });
      // What the first gateway did not acknowledge may not be known to the second one.
      await until(() => second.frames.length === 1 && second.messages.length === 2 && first!.closeCode === 1000);
      call.sendAudio(FRAME);
      await until(() => second.frames.length === 2);
      expect(first!.frames).toHaveLength(1);
      expect(call.state).toBe('active');
    });

    it('hears what the connection it leaves still brings, before what is said over the other one', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.play((end) => end.start('ticket-2'));
      const told: unknown[] = [];
      call.on('turnStarted', ({ turn }) => told.push(`turn ${turn}`));
      call.on('audioReceived', ({ turn, samples }) => told.push([turn, samples.length]));
      const resumed = waitFor(call, 'started');
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await resumed;
      const second = gateway.latest;
      second.send({ type: 'turn.started', turn: 3, role: 'agent' });
      first!.sendAudio(2, FRAME);
      first!.send({ type: 'call.move', withinMs: 5_000 });
      first!.sendAudio(2, FRAME);
      await until(() => told.length === 2);
      call.sendAudio(FRAME);
      await until(() => second.frames.length === 1);
      first!.socket.close(1001, 'moving');
      await until(() => told.length === 3);
      expect(told).toEqual([[2, FRAME.length], [2, FRAME.length], 'turn 3']);
      expect([call.state, gateway.connections.length, first!.frames.length]).toEqual(['active', 2, 0]);
    });

    it('tells what waited when the other connection is lost as well', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.play((end) => end.start('ticket-2'));
      const turn = waitFor(call, 'turnStarted');
      const resumed = waitFor(call, 'started');
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await resumed;
      gateway.latest.send({ type: 'turn.started', turn: 3, role: 'agent' });
      gateway.latest.socket.close(1001, 'moving');
      await turn;
      await until(() => gateway.connections.length === 3 && first!.closeCode === 1000);
    });

    it('stays where it is when it is refused elsewhere, and comes back when the gateway stops', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.refuse(503, 'Full');
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await until(() => tokens === 2);
      call.sendAudio(FRAME);
      await until(() => first!.frames.length === 1);
      expect(call.state).toBe('active');
      gateway.accept((end) => end.start('ticket-2'));
      const resumed = waitFor(call, 'started');
      first!.socket.close(1001, 'moving');
      await expect(resumed).resolves.toMatchObject({ resumed: true });
      await until(() => gateway.latest.frames.length === 1);
    });

    it('goes on over the connection it was about to make when the other one is lost', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.play(() => {});
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await until(() => gateway.connections.length === 2 && gateway.latest.messages.length === 1);
      first!.socket.close(1001, 'moving');
      await until(() => call.state === 'reconnecting');
      for (let index = 0; index < 200; index++) call.sendAudio(FRAME);
      gateway.latest.start('ticket-2');
      await until(() => call.state === 'active' && gateway.latest.frames.length === 200);
      expect(gateway.latest.frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, i) => i));
      expect(gateway.connections).toHaveLength(2);
    });

    it('hangs up both connections', async () => {
      await startedCall();
      const [first] = gateway.connections;
      gateway.play(() => {});
      first!.send({ type: 'call.move', withinMs: 5_000 });
      await until(() => gateway.connections.length === 2);
      const ended = call.end();
      await until(() => first!.messages.at(-1)?.type === 'call.end' && gateway.latest.closeCode === 1000);
      first!.send({ type: 'call.ended', reason: 'client_ended' });
      await expect(ended).resolves.toMatchObject({ reason: 'client_ended' });
    });
  });
});
