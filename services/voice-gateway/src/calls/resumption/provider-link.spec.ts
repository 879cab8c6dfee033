import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ProviderListener, ProviderSession, RealtimeProvider, SessionSetup } from '../../provider/provider.js';
import { newCall, newTurn } from '../call-state.js';
import { DEAF_AFTER_MS, ProviderLink, type LinkListener, type ProviderLinkOptions } from './provider-link.js';
import { Recovery } from './recovery.js';

const SETUP: SessionSetup = {
  model: 'any',
  instructions: '',
  voice: '',
  languageCode: '',
  temperature: undefined,
  tools: [],
  turnDetection: { noInterruption: false },
  resumeHandle: '',
};
const FRAME = Buffer.alloc(3_200, 1);

/** A provider's end of one connection: what it was sent, and what a test has it say. */
class Session implements ProviderSession {
  readonly sent: string[] = [];
  closed = false;
  heardAt = Date.now();

  constructor(
    readonly setup: SessionSetup,
    readonly says: ProviderListener,
  ) {}

  sendAudio = () => (this.sent.push('audio'), true);
  sendText = (text: string) => void this.sent.push(text);
  sendNote = (text: string) => (this.sent.push(text), true);
  sendToolResults = () => void this.sent.push('tool results');
  silentForMs = () => Date.now() - this.heardAt;
  probe = () => void this.sent.push('probe');
  close = () => void (this.closed = true);
}

class Provider implements RealtimeProvider {
  readonly name = 'test';
  readonly defaultModel = 'any';
  readonly simulated = true;
  readonly sessions: Session[] = [];

  open(setup: SessionSetup, listener: ProviderListener): ProviderSession {
    this.sessions.push(new Session(setup, listener));
    return this.newest;
  }

  get newest(): Session {
    return this.sessions.at(-1)!;
  }
}

describe("a call's line to its provider", () => {
  let provider: Provider;
  let link: ProviderLink;
  let newLink: (handedOver?: ProviderLinkOptions['handedOver']) => ProviderLink;
  let recovery: Recovery;
  let state = newCall('');
  beforeEach(() => {
    state = newCall('');
    jest.useFakeTimers({ now: 1_000_000 });
    provider = new Provider();
    recovery = new Recovery();
    const ignored = () => undefined;
    const listener: LinkListener = {
      started: ignored,
      audio: ignored,
      inputTranscript: ignored,
      outputTranscript: ignored,
      interrupted: ignored,
      generationComplete: ignored,
      turnComplete: ignored,
      toolCalls: ignored,
      toolCallsCancelled: ignored,
      usage: ignored,
      goingAway: ignored,
      connectionLost: ignored,
      dropped: () => recovery.dropped(state, false),
      covered: () => recovery.covered(),
      reattached: (info, waiting) => {
        const texts = recovery.reattached(info, state, waiting);
        recovery.tellHeard(link);
        return texts;
      },
      failed: ignored,
      givenUp: ignored,
    };
    newLink = (handedOver) =>
      new ProviderLink({
        provider,
        policy: { rotation: 'close-then-resume', rotateAfterMs: 3_000_000, replayMs: 15_000 },
        setup: SETUP,
        history: () => '',
        notes: () => '',
        isQuiet: () => false,
        listener,
        handedOver,
      });
    link = newLink();
    provider.newest.says.ready();
    provider.newest.says.resumable('h1');
  });
  afterEach(() => {
    link.close();
    jest.useRealTimers();
  });

  const lose = () => provider.newest.says.closed({ kind: 'lost', code: 1006, detail: '' });

  it('tells the next connection first what was heard, then tool results, then texts, then audio', () => {
    const turn = newTurn(1, 'agent', 0);
    turn.toolCalls.push({ id: 'call-1', name: 'lookup', arguments: {}, startedAt: 0 });
    state.turns = [turn];
    recovery.notes.add('one two');
    lose();
    for (let n = 0; n < 100; n++) link.sendText(`text ${n}`);
    link.sendAudio(FRAME, 0, false);
    recovery.deliver([{ callId: 'call-1', id: 'p-1', name: 'lookup', output: 7 }], link);
    provider.newest.says.ready();
    const { sent } = provider.newest;
    expect(sent[0]).toContain('heard only this of your answer: "one two"');
    expect(sent[1]).toContain('The tool lookup returned: 7');
    // However many texts wait, the result has its place.
    expect(sent.slice(2, 4)).toEqual(['text 0', 'text 1']);
    expect(sent).toHaveLength(2 + 16 + 1);
    expect(sent.at(-1)).toBe('audio');
  });

  it('has a text answered once that was written while there was no connection', () => {
    lose();
    const question = { ...newTurn(1, 'user', 0, 'text'), text: 'What is my name?', phase: 'closed' as const };
    Object.assign(state, { turns: [question], awaitingAnswer: true });
    link.sendText('What is my name?');
    provider.newest.says.ready();
    expect(provider.newest.sent).toEqual([expect.stringMatching(/Caller: What is my name\?\nNow answer the caller/)]);
  });

  it('has the rest of an answer said that was cut off where another gateway held the call', () => {
    recovery.dropped(state, true);
    const taken = new Recovery();
    taken.restore(recovery.snapshot());
    taken.dropped(state, false);
    recovery = taken;
    lose();
    provider.newest.says.ready();
    expect(provider.newest.sent).toEqual([expect.stringContaining('Now say the rest of your last answer.')]);
  });

  describe('when it is lost before the model says what it was asked for', () => {
    const speaks = () => recovery.told({ type: 'turn.started', turn: 1, role: 'agent' });
    const again = () => {
      lose();
      provider.newest.says.ready();
      return provider.newest.sent;
    };

    it('asks for a greeting again, as often as that happens, and once a connection', () => {
      Object.assign(state, { request: 'Greet the caller.' });
      expect(again()).toEqual(['Greet the caller.']);
      lose();
      link.sendText('Greet the caller.');
      provider.newest.says.ready();
      expect(provider.newest.sent).toEqual(['Greet the caller.']);
    });

    it('asks for the rest of a greeting of which a part was said, and tells what it was', () => {
      Object.assign(state, {
        request: 'Greet the caller.',
        turns: [{ ...newTurn(1, 'agent', 0), text: 'Hello,', phase: 'playing', complete: true }],
      });
      recovery.dropped(state, true);
      expect(again()).toEqual([
        expect.stringMatching(/You had been asked: Greet the caller\.\nYou: Hello,\nNow say the rest/),
      ]);
    });

    it('asks for the greeting although a noise is sent again', () => {
      Object.assign(state, { request: 'Greet the caller.' });
      link.sendAudio(FRAME, 0, true);
      expect(again()).toEqual(['Greet the caller.', 'audio']);
    });

    it('has what the caller said answered instead of a greeting', () => {
      const question = { ...newTurn(1, 'user', 0, 'text'), text: 'Hi', phase: 'closed' as const };
      Object.assign(state, { request: 'Greet the caller.', turns: [question], awaitingAnswer: true });
      expect(again()).toEqual([expect.stringContaining('Now answer the caller.')]);
    });

    it('asks for the rest of an answer again, until it speaks', () => {
      recovery.dropped(state, true);
      expect(again()).toEqual([expect.stringContaining('Now say the rest')]);
      expect(again()).toEqual([expect.stringContaining('Now say the rest')]);
      speaks();
      expect(again()).toEqual([]);
    });

    it("tells a tool's result again, until it speaks", () => {
      const turn = newTurn(1, 'agent', 0);
      turn.toolCalls.push({ id: 'call-1', name: 'lookup', arguments: {}, startedAt: 0 });
      recovery.dropped({ ...state, turns: [turn] }, false);
      recovery.deliver([{ callId: 'call-1', id: 'p-1', name: 'lookup', output: 7 }], link);
      expect(again()).toEqual([expect.stringContaining('The tool lookup returned: 7')]);
      expect(again()).toEqual([expect.stringContaining('The tool lookup returned: 7')]);
      speaks();
      expect(again()).toEqual([]);
    });
  });

  describe('of a call that was taken over in the middle of a sentence', () => {
    beforeEach(() => {
      const asking = { ...newTurn(1, 'user', 0), text: 'What is' };
      Object.assign(state, { turns: [asking], awaitingAnswer: true });
      link.close();
      link = newLink({ handle: 'h1', isSaidAgain: true });
    });

    it('gives the model the whole sentence when the client says it again, however soon the model is ready', () => {
      provider.newest.says.ready();
      jest.advanceTimersByTime(900);
      link.sendAudio(FRAME, 0, false);
      expect(provider.newest.sent).toEqual([]);
      link.sendAudio(FRAME, 0, true);
      link.sendAudio(FRAME, 0, true);
      expect(provider.newest.sent).toEqual(['audio', 'audio', 'audio']);
    });

    it('does the same when the model is ready later, or only its second connection', () => {
      link.sendAudio(FRAME, 0, true);
      provider.newest.says.ready();
      expect(provider.newest.sent).toEqual(['audio']);
      link.close();
      link = newLink({ handle: 'h1', isSaidAgain: true });
      provider.newest.says.ready();
      lose();
      link.sendAudio(FRAME, 0, true);
      jest.advanceTimersByTime(500);
      provider.newest.says.ready();
      expect(provider.newest.sent).toEqual(['audio']);
    });

    it('has the model answer what was understood when nobody says it again', () => {
      provider.newest.says.ready();
      jest.advanceTimersByTime(2_000);
      expect(provider.newest.sent).toEqual([expect.stringMatching(/Caller: What is\nNow answer the caller/)]);
    });
  });

  it('sends nothing again that the provider called invalid (1007)', () => {
    for (let n = 0; n < 5; n++) link.sendAudio(FRAME, 0, true);
    provider.newest.says.closed({ kind: 'lost', code: 1007, detail: '' });
    provider.newest.says.ready();
    expect(provider.newest.setup.resumeHandle).toBe('h1');
    expect(provider.newest.sent).toEqual([]);
  });

  it('takes a connection for dead that says nothing about what the caller says, after it was asked for a sign of life', () => {
    provider.newest.says.inputTranscript('hello');
    const session = provider.newest;
    const lastVoiceAt = Date.now() + 100;
    jest.advanceTimersByTime(3_000);
    link.checkHearing(Date.now(), lastVoiceAt);
    expect(session.sent).toEqual(['probe']);
    jest.advanceTimersByTime(DEAF_AFTER_MS);
    link.checkHearing(Date.now(), lastVoiceAt);
    expect(session.closed).toBe(true);
    expect(provider.sessions).toHaveLength(2);
    expect(provider.newest.setup.resumeHandle).toBe('h1');
  });

  it('leaves a connection alone that gave a sign of life, or never transcribed anything', () => {
    const lastVoiceAt = Date.now() + 100;
    jest.advanceTimersByTime(2 * DEAF_AFTER_MS);
    link.checkHearing(Date.now(), lastVoiceAt);
    provider.newest.says.inputTranscript('hello');
    provider.newest.heardAt = lastVoiceAt + 1;
    link.checkHearing(Date.now(), lastVoiceAt);
    expect(provider.sessions).toHaveLength(1);
    expect(provider.newest.closed).toBe(false);
  });
});
