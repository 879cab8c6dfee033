import { describe, expect, it } from '@jest/globals';
import type { GatewayMessage } from '@orbisvoice/client/protocol/messages';
import { CUT_DEADLINE_MS, LATE_TRANSCRIPT_MS, transition } from './call-machine.js';
import { newCall, type CallEffect, type CallOccurrence, type CallState } from './call-state.js';

/** Drives the machine like a call does, with a clock of its own. */
class Driver {
  state: CallState;
  at = 1_000;
  effects: CallEffect[] = [];

  constructor(greeting = '') {
    this.state = newCall(greeting);
  }

  take(occurrence: CallOccurrence, { afterMs = 10, generatedMs = 0 } = {}): CallEffect[] {
    this.at += afterMs;
    const { state, effects } = transition(this.state, { at: this.at, generatedMs, ...occurrence });
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  live(): this {
    this.take({ type: 'provider.ready' });
    return this;
  }

  get messages(): GatewayMessage[] {
    return this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
  }

  get stored() {
    return this.effects.flatMap((effect) =>
      effect.type === 'store.turn'
        ? [
            {
              role: effect.turn.role,
              text: effect.turn.text,
              heard: effect.heard,
              interrupted: effect.turn.interrupted,
            },
          ]
        : [],
    );
  }
}

const said = (text: string): CallOccurrence => ({ type: 'provider.inputTranscript', text });
const answered = (text: string): CallOccurrence => ({ type: 'provider.outputTranscript', text });
const firstAudio: CallOccurrence = { type: 'provider.firstAudio', lastVoiceAt: 0 };
const turnComplete: CallOccurrence = { type: 'provider.turnComplete' };
const played = (turn: number, playedMs: number): CallOccurrence => ({ type: 'client.playback', turn, playedMs });

describe('a call', () => {
  it('asks for the greeting once the provider is ready, and only once', () => {
    const call = new Driver('Hello there.');
    const effects = call.take({ type: 'provider.ready' });
    expect(effects.map((effect) => effect.type)).toEqual(['started', 'provider.text']);
    expect(call.take({ type: 'provider.ready' })).toEqual([]);
  });

  it('stores a question and its answer, in order, when the answer has been played', () => {
    const call = new Driver().live();
    call.take(said('what time'));
    call.take(said(' is it'));
    call.take(firstAudio);
    call.take(answered('It is noon.'));
    call.take(turnComplete, { generatedMs: 900 });
    expect(call.stored).toEqual([
      { role: 'user', text: 'what time is it', heard: 'what time is it', interrupted: false },
    ]);
    call.take(played(2, 880), { afterMs: 900 });
    expect(call.stored[1]).toEqual({ role: 'agent', text: 'It is noon.', heard: 'It is noon.', interrupted: false });
    expect(call.state.turns).toEqual([]);
  });

  it('takes an answer as heard when the client reports nothing until the deadline', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('Hello.'));
    const effects = call.take(turnComplete, { generatedMs: 500 });
    expect(effects).toContainEqual({ type: 'turn.deadline', turn: 1, afterMs: 3_500 });
    call.take({ type: 'turn.deadline', turn: 1 });
    expect(call.stored).toEqual([{ role: 'agent', text: 'Hello.', heard: 'Hello.', interrupted: false }]);
  });

  it('cuts what was heard where the client had played to when the caller interrupted', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('one'));
    call.take(answered(' two'), { generatedMs: 1000 });
    call.take(answered(' three'), { generatedMs: 2000 });
    const effects = call.take({ type: 'provider.interrupted' }, { generatedMs: 3000 });
    expect(effects).toContainEqual({ type: 'send', message: { type: 'interrupted', turn: 1 } });
    expect(effects).toContainEqual({ type: 'turn.deadline', turn: 1, afterMs: CUT_DEADLINE_MS });
    call.take(played(1, 2100));
    expect(call.stored).toEqual([{ role: 'agent', text: 'one two three', heard: 'one two', interrupted: true }]);
  });

  it('cuts a turn that the model had finished while it was still being played', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('one two three'));
    call.take(turnComplete, { generatedMs: 3000 });
    call.take({ type: 'provider.interrupted' });
    call.take(played(1, 1000));
    expect(call.stored).toMatchObject([{ text: 'one two three', interrupted: true }]);
    expect(call.stored[0]!.heard).not.toBe('one two three');
  });

  it('uses the last known position when an interrupted client says nothing more', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('one'));
    call.take(answered(' two'), { generatedMs: 1000 });
    call.take(played(1, 1000), { generatedMs: 1500 });
    call.take({ type: 'provider.interrupted' }, { generatedMs: 2000 });
    call.take({ type: 'turn.deadline', turn: 1 });
    expect(call.stored).toMatchObject([{ text: 'one two', heard: 'one', interrupted: true }]);
  });

  it('keeps the stored order of turns although the interrupting question is finished first', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('a long story'));
    call.take({ type: 'provider.interrupted' }, { generatedMs: 2000 });
    call.take({ type: 'client.text', text: 'stop' });
    expect(call.stored).toEqual([]);
    call.take(played(1, 0));
    expect(call.stored.map((turn) => turn.text)).toEqual(['a long story', 'stop']);
  });

  it('takes a text once that the client sends twice, and says both times that it has it', () => {
    const call = new Driver().live();
    const text = (id: string) => call.take({ type: 'client.text', text: 'Hello', id });
    expect(text('1').map(({ type }) => type)).toEqual(
      expect.arrayContaining(['text.taken', 'provider.text', 'store.turn']),
    );
    expect(text('1')).toEqual([{ type: 'text.taken', id: '1' }]);
    text('2');
    expect(call.stored.map((turn) => turn.text)).toEqual(['Hello', 'Hello']);
  });

  it('adds text of the caller that is transcribed only after the answer has begun', () => {
    const call = new Driver().live();
    call.take(said('what time'));
    call.take(firstAudio);
    call.take(said(' is it'), { afterMs: LATE_TRANSCRIPT_MS / 2 });
    call.take({ type: 'turn.deadline', turn: 1 });
    expect(call.stored).toEqual([
      { role: 'user', text: 'what time is it', heard: 'what time is it', interrupted: false },
    ]);
  });

  it('begins a new answer when the turnComplete of the one before never came', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('first'));
    call.take(said('and now?'));
    call.take(firstAudio);
    call.take(answered('second'));
    expect(call.messages.filter((message) => message.type === 'turn.started').map((message) => message.role)).toEqual([
      'agent',
      'user',
      'agent',
    ]);
    expect(call.stored).toMatchObject([{ text: 'first' }]);
  });

  it('makes writing a turn of the user that cuts what the agent is saying', () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('a long story'));
    call.take({ type: 'client.text', text: 'Stop.' }, { generatedMs: 2000 });
    expect(call.messages).toContainEqual({ type: 'interrupted', turn: 1 });
    expect(call.take(played(1, 2000))).toContainEqual({ type: 'provider.text', text: 'Stop.' });
  });
});

describe('a tool call', () => {
  const request = { id: 'function-call-1', name: 'current_time', arguments: { timezone: 'UTC' } };
  const finished: CallOccurrence = {
    type: 'tool.finished',
    id: request.id,
    outcome: 'ok',
    result: { time: 'noon' },
    durationMs: 12,
  };

  it('is run once, told to the client and answered to the model', () => {
    const call = new Driver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(finished);
    expect(call.effects.filter((effect) => effect.type === 'tool.run')).toHaveLength(1);
    expect(call.effects).toContainEqual({
      type: 'provider.toolResults',
      results: [{ id: request.id, name: request.name, output: { time: 'noon' } }],
    });
    expect(call.messages.map((message) => message.type)).toEqual(['turn.started', 'tool.started', 'tool.finished']);
  });

  it('keeps the turn open for what the model says about the result', () => {
    const call = new Driver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(turnComplete);
    call.take(finished);
    call.take(answered('It is noon.'));
    call.take(turnComplete, { generatedMs: 10 });
    expect(call.stored).toMatchObject([{ role: 'agent', text: 'It is noon.' }]);
  });

  it.each([
    ['One moment.', 'It is noon.'],
    ['One moment. ', 'It is noon.'],
    ['One moment.', ' It is noon.'],
  ])('has a space between what was said before, "%s", and what is said about its result, "%s"', (before, after) => {
    const call = new Driver().live();
    call.take(answered(before));
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(turnComplete);
    call.take(finished);
    for (const text of [after, ' Or lat', 'er.']) call.take(answered(text), { generatedMs: 500 });
    call.take(turnComplete, { generatedMs: 500 });
    call.take(played(1, 500));
    expect(call.stored.map(({ text }) => text)).toEqual(['One moment. It is noon. Or later.']);
    const deltas = call.messages.flatMap((message) => (message.type === 'transcript.delta' ? [message.text] : []));
    expect(deltas.join('')).toBe('One moment. It is noon. Or later.');
  });

  it('leaves the end of a word alone that is transcribed after the model has ended its turn', () => {
    const call = new Driver().live();
    call.take(answered('One mom'));
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(turnComplete);
    call.take(answered('ent.'));
    call.take({ type: 'call.end', reason: 'client_ended' }, { generatedMs: 500 });
    expect(call.stored.map(({ text }) => text)).toEqual(['One moment.']);
  });

  it('is aborted when the provider cancels it, and its late result goes nowhere', () => {
    const call = new Driver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    const effects = call.take({ type: 'provider.toolCallsCancelled', ids: [request.id] });
    expect(effects).toContainEqual({ type: 'tool.abort', id: request.id });
    expect(call.take(finished)).toEqual([]);
  });

  it('tells the model of a failure as an error', () => {
    const call = new Driver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    const effects = call.take({
      type: 'tool.finished',
      id: request.id,
      outcome: 'timed_out',
      result: { error: 'no answer' },
      durationMs: 5,
    });
    expect(effects).toContainEqual({
      type: 'provider.toolResults',
      results: [{ id: request.id, name: request.name, error: { error: 'no answer' } }],
    });
  });
});

describe('the end of a call', () => {
  it('stores what was said so far, then ends, and takes nothing after', () => {
    const call = new Driver().live();
    call.take(said('hello'));
    call.take(firstAudio);
    call.take(answered('one'));
    call.take(answered(' two'), { generatedMs: 1000 });
    call.take(played(2, 1000), { generatedMs: 1500 });
    const effects = call.take({ type: 'call.end', reason: 'client_lost' }, { generatedMs: 2000 });
    expect(call.stored).toEqual([
      { role: 'user', text: 'hello', heard: 'hello', interrupted: false },
      { role: 'agent', text: 'one two', heard: 'one', interrupted: true },
    ]);
    expect(effects.filter((effect) => effect.type !== 'send').map((effect) => effect.type)).toEqual([
      'store.turn',
      'store.turn',
      'end',
    ]);
    expect(call.take(said('more'))).toEqual([]);
  });

  it('aborts the tools that still run', () => {
    const call = new Driver().live();
    call.take({ type: 'provider.toolCalls', calls: [{ id: '1', name: 'slow', arguments: {} }] });
    const effects = call.take({ type: 'call.end', reason: 'client_ended' });
    expect(effects).toContainEqual({ type: 'tool.abort', id: '1' });
    expect(call.messages).toContainEqual(expect.objectContaining({ type: 'tool.finished', outcome: 'cancelled' }));
  });
});

describe('a connection that is lost during a tool call', () => {
  it('leaves the turn unfinished until the result is there, also when the model speaks again before', () => {
    const call = new Driver().live();
    call.take(said('Look it up'));
    call.take({ type: 'provider.toolCalls', calls: [{ id: 'a', name: 'look_up', arguments: {} }] });
    call.take({ type: 'provider.lost' });
    call.take(answered('Where were we?'));
    expect(call.take({ type: 'tool.finished', id: 'a', outcome: 'ok', result: 42, durationMs: 5 })).toContainEqual({
      type: 'provider.toolResults',
      results: [{ id: 'a', name: 'look_up', output: 42 }],
    });
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(call.stored.map(({ text }) => text)).toEqual(['Look it up', '', 'Where were we?']);
  });
});

describe('what the model is told of an answer that was interrupted', () => {
  const cut = () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('one two'), { generatedMs: 0 });
    call.take(answered(' three four'), { generatedMs: 1_000 });
    return call;
  };

  it('is what the caller heard of it, once that is known', () => {
    const call = cut();
    expect(call.take({ type: 'provider.interrupted' }, { generatedMs: 2_000 })).not.toContainEqual(
      expect.objectContaining({ type: 'provider.heard' }),
    );
    expect(call.take(played(1, 1_000))).toContainEqual({ type: 'provider.heard', heard: 'one two', now: false });
  });

  it('is nothing when all of it was heard', () => {
    const call = cut();
    call.take({ type: 'provider.interrupted' }, { generatedMs: 2_000 });
    expect(call.take(played(1, 2_000)).map(({ type }) => type)).not.toContain('provider.heard');
  });

  it('comes before what the user wrote into it, which waits for that', () => {
    const call = cut();
    for (const text of ['Repeat that', 'Please'])
      expect(call.take({ type: 'client.text', text }, { generatedMs: 2_000 }).map(({ type }) => type)).not.toContain(
        'provider.text',
      );
    const effects = call.take({ type: 'turn.deadline', turn: 1 });
    expect(effects.filter(({ type }) => type.startsWith('provider.'))).toEqual([
      { type: 'provider.heard', heard: '', now: true },
      { type: 'provider.text', text: 'Repeat that' },
      { type: 'provider.text', text: 'Please' },
    ]);
  });

  it('keeps apart from the answer to that text what the model still says of the turn that it cut', () => {
    const call = cut();
    call.take({ type: 'client.text', text: 'Repeat that' }, { generatedMs: 2_000 });
    call.take(firstAudio);
    call.take(answered(' five'));
    call.take(played(1, 1_000));
    call.take({ type: 'provider.interrupted' });
    call.take(turnComplete);
    call.take(firstAudio);
    call.take(answered('one two'));
    call.take(turnComplete, { generatedMs: 1_000 });
    call.take(played(3, 1_000));
    expect(call.stored.map(({ role, text }) => `${role}: ${text}`)).toEqual([
      'agent: one two three four',
      'user: Repeat that',
      'agent: one two',
    ]);
  });
});

describe("a turn's end that the model tells late", () => {
  const generated: CallOccurrence = { type: 'provider.generationComplete' };
  /** A turn was generated and played, its turnComplete has not come, and the answer to the next question has begun. */
  const answering = () => {
    const call = new Driver().live();
    call.take(firstAudio);
    call.take(answered('First.'));
    call.take(generated, { generatedMs: 500 });
    call.take(played(1, 500));
    call.take(said('and then'), { afterMs: 2_000 });
    call.take(firstAudio);
    call.take(answered('Second'), { generatedMs: 100 });
    return call;
  };

  it('does not cut the next one in two', () => {
    const call = answering();
    call.take(turnComplete, { generatedMs: 200 });
    call.take(firstAudio, { generatedMs: 200 });
    call.take(answered(' half.'), { generatedMs: 300 });
    call.take(generated, { generatedMs: 600 });
    call.take(turnComplete, { generatedMs: 600 });
    call.take(played(3, 600));
    expect(call.stored.map(({ text }) => text)).toEqual(['First.', 'and then', 'Second half.']);
  });

  it('is missed by nobody when it never comes', () => {
    const call = answering();
    call.take(generated, { generatedMs: 600 });
    call.take(turnComplete, { generatedMs: 600 });
    call.take(played(3, 600));
    expect(call.stored.map(({ text }) => text)).toEqual(['First.', 'and then', 'Second']);
  });
});
