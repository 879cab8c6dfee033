import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallResumption } from '../src/call/call-resumption.js';
import { VoiceCall } from '../src/call/voice-call.js';
import { waitFor } from '../src/call/wait-for.js';
import { nodeSocketOpener } from '../src/node/node-socket.js';
import { CLOSE_CODES } from '../src/protocol/constants.js';
import { ScriptedGateway, until } from './scripted-gateway.js';

const FRAME = new Int16Array(640);

describe('a call that another page goes on with', () => {
  let gateway: ScriptedGateway;
  const calls: VoiceCall[] = [];

  beforeEach(async () => {
    gateway = await ScriptedGateway.listen();
    gateway.play((end) => end.start());
  });
  afterEach(async () => {
    await gateway.close();
    for (const call of calls.splice(0)) void call.end();
  });

  function makeCall(resume?: CallResumption): VoiceCall {
    const getToken = () => Promise.resolve('token');
    const openSocket = nodeSocketOpener();
    // The page that is left does not come back by itself.
    const reconnectAttempts = resume === undefined ? 0 : 5;
    const call = new VoiceCall({
      url: gateway.url,
      getToken,
      openSocket,
      endTimeoutMs: 500,
      reconnectAttempts,
      resume,
    });
    calls.push(call);
    return call;
  }

  /** What a page in the middle of a call leaves behind. */
  async function leftBehind(): Promise<CallResumption> {
    const before = makeCall();
    await before.start();
    const { latest } = gateway;
    for (const text of ['Taken', 'Not acknowledged']) before.sendText(text);
    latest.send({ type: 'input.ack', id: '1' });
    latest.send({ type: 'turn.started', turn: 3, role: 'agent' });
    latest.send({
      type: 'transcript.final',
      turn: 3,
      role: 'agent',
      generated: 'Hello.',
      heard: 'Hello.',
      interrupted: false,
    });
    latest.send({ type: 'transcript.delta', turn: 5, role: 'agent', text: 'Once upon' });
    await waitFor(before, 'transcriptUpdated');
    for (let index = 0; index < 5; index++) before.sendAudio(FRAME);
    await until(() => latest.frames.length === 5);
    const resumption = JSON.parse(JSON.stringify(before.resumption)) as CallResumption;
    const ended = waitFor(before, 'ended');
    // Since then the page that crashed has said more.
    for (let index = 0; index < 20; index++) before.sendAudio(FRAME);
    await until(() => latest.frames.length === 25);
    latest.rawSocket.destroy();
    await ended;
    return resumption;
  }

  it('is the same call, with no number or id twice, no text lost, and nothing told again', async () => {
    const resumption = await leftBehind();
    const [first] = gateway.connections;
    gateway.play((end) => end.start('ticket-2'));
    const call = makeCall(resumption);
    const started = waitFor(call, 'started');
    const told: unknown[] = [];
    call.on('transcriptFinished', ({ turn }) => told.push(`finished ${turn}`));
    call.on('transcriptUpdated', ({ turn, text }) => told.push([turn, text]));
    await expect(call.start()).resolves.toMatchObject({ conversationId: resumption.started.conversationId });
    await expect(started).resolves.toMatchObject({ resumed: true });
    const second = gateway.latest;
    expect(second.callStart).toMatchObject({ resumeTicket: 'ticket-1' });
    call.sendText('More');
    call.sendAudio(FRAME);
    await until(() => second.frames.length === 1 && second.messages.length === 3);
    expect(second.messages.slice(1)).toEqual([
      { type: 'input.text', text: 'Not acknowledged', id: '2' },
      { type: 'input.text', text: 'More', id: expect.not.stringMatching(/^\d+$/) },
    ]);
    expect(second.frames[0]!.sequence).toBeGreaterThan(first!.frames.at(-1)!.sequence);
    expect(second.frames[0]!.timestamp).toBeGreaterThanOrEqual(5 * 640);
    second.send({
      type: 'transcript.final',
      turn: 3,
      role: 'agent',
      generated: 'Hello.',
      heard: 'Hello.',
      interrupted: false,
    });
    second.send({ type: 'transcript.delta', turn: 5, role: 'agent', text: ' a time' });
    await until(() => told.length > 0);
    expect(told).toEqual([[5, 'Once upon a time']]);
    expect(call.resumption?.started.resumeTicket).toBe('ticket-2');
  });

  it('ends with the reason when it was over before', async () => {
    const resumption = await leftBehind();
    const message = 'The call can not be resumed: it has ended, or the ticket is spent.';
    gateway.play((end) => {
      end.send({ type: 'error', kind: 'failed_precondition', message, field: 'resumeTicket', retryable: false });
      end.socket.close(CLOSE_CODES.conflict);
    });
    const call = makeCall(resumption);
    await expect(call.start()).rejects.toMatchObject({ kind: 'failed_precondition', field: 'resumeTicket' });
    expect([call.state, call.resumption]).toEqual(['ended', undefined]);
  });

  it('leaves nothing behind before it has begun, and once it is to end', async () => {
    const call = makeCall();
    expect(call.resumption).toBeUndefined();
    await call.start();
    expect(call.resumption).toBeDefined();
    const ended = call.end();
    expect(call.resumption).toBeUndefined();
    await ended;
  });
});
