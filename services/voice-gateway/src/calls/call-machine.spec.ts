import { describe, expect, it } from '@jest/globals';
import { answered, CallDriver, firstAudio, played, said, turnComplete } from '../../test/call-driver.js';
import { CUT_DEADLINE_MS } from './rules/agent-turns.js';
import { LATE_TRANSCRIPT_MS, SETTLED_AFTER_MS } from './rules/closing.js';

describe('a call', () => {
  it('asks for the greeting once the provider is ready, and only once', () => {
    const call = new CallDriver('Hello there.');
    const effects = call.take({ type: 'provider.ready' });
    expect(effects.map((effect) => effect.type)).toEqual(['started', 'provider.text']);
    expect(call.take({ type: 'provider.ready' })).toEqual([]);
  });

  it('remembers that it has asked for the greeting until that was said, or somebody has spoken into it', () => {
    const greeted = () => {
      const call = new CallDriver('Hello there.').live();
      expect(call.state.request).toContain('Hello there.');
      call.take(firstAudio);
      call.take(answered('Hello'));
      expect(call.state.request).toContain('Hello there.');
      return call;
    };
    const heard = greeted();
    heard.take({ type: 'provider.generationComplete' }, { generatedMs: 500 });
    const cut = greeted();
    cut.take({ type: 'provider.interrupted' }, { generatedMs: 500 });
    expect([heard.state.request, cut.state.request]).toEqual(['', '']);
  });

  it('stores a question and its answer, in order, when the answer has been played', () => {
    const call = new CallDriver().live();
    call.take(said('what time'));
    call.take(said(' is it'));
    call.take(firstAudio);
    call.take(answered('It is noon.'));
    call.take(turnComplete, { generatedMs: 900 });
    call.take(played(2, 880), { afterMs: 900 });
    call.passes(LATE_TRANSCRIPT_MS);
    expect(call.stored).toEqual([
      { role: 'user', text: 'what time is it', heard: 'what time is it', interrupted: false },
      { role: 'agent', text: 'It is noon.', heard: 'It is noon.', interrupted: false },
    ]);
    expect(call.state.turns).toEqual([]);
  });

  it('takes an answer as heard when the client reports nothing until the deadline', () => {
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('Hello.'));
    const effects = call.take(turnComplete, { generatedMs: 500 });
    expect(effects).toContainEqual({ type: 'turn.deadline', turn: 1, afterMs: 3_500 });
    call.take({ type: 'turn.deadline', turn: 1 });
    expect(call.stored).toEqual([{ role: 'agent', text: 'Hello.', heard: 'Hello.', interrupted: false }]);
  });

  it('cuts what was heard where the client had played to when the caller interrupted', () => {
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('one two three'));
    call.take(turnComplete, { generatedMs: 3000 });
    call.take({ type: 'provider.interrupted' });
    call.take(played(1, 1000));
    expect(call.stored).toMatchObject([{ text: 'one two three', interrupted: true }]);
    expect(call.stored[0]!.heard).not.toBe('one two three');
  });

  it('uses the last known position when an interrupted client says nothing more', () => {
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('one'));
    call.take(answered(' two'), { generatedMs: 1000 });
    call.take(played(1, 1000), { generatedMs: 1500 });
    call.take({ type: 'provider.interrupted' }, { generatedMs: 2000 });
    call.take({ type: 'turn.deadline', turn: 1 });
    expect(call.stored).toMatchObject([{ text: 'one two', heard: 'one', interrupted: true }]);
  });

  it('keeps the stored order of turns although the interrupting question is finished first', () => {
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('a long story'));
    call.take({ type: 'provider.interrupted' }, { generatedMs: 2000 });
    call.take({ type: 'client.text', text: 'stop' });
    expect(call.stored).toEqual([]);
    call.take(played(1, 0));
    expect(call.stored.map((turn) => turn.text)).toEqual(['a long story', 'stop']);
  });

  it('takes a text once that the client sends twice, and says both times that it has it', () => {
    const call = new CallDriver().live();
    const text = (id: string) => call.take({ type: 'client.text', text: 'Hello', id });
    expect(text('1').map(({ type }) => type)).toEqual(
      expect.arrayContaining(['text.taken', 'provider.text', 'store.turn']),
    );
    expect(text('1')).toEqual([{ type: 'text.taken', id: '1' }]);
    text('2');
    expect(call.stored.map((turn) => turn.text)).toEqual(['Hello', 'Hello']);
  });

  it('adds text of the caller that is transcribed only after the answer has begun', () => {
    const call = new CallDriver().live();
    call.take(said('what time'));
    call.take(firstAudio);
    call.take(said(' is it'), { afterMs: SETTLED_AFTER_MS / 2 });
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(call.stored).toEqual([
      { role: 'user', text: 'what time is it', heard: 'what time is it', interrupted: false },
    ]);
  });

  it('begins a new answer when the turnComplete of the one before never came', () => {
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('a long story'));
    call.take({ type: 'client.text', text: 'Stop.' }, { generatedMs: 2000 });
    expect(call.messages).toContainEqual({ type: 'interrupted', turn: 1 });
    expect(call.take(played(1, 2000))).toContainEqual({ type: 'provider.text', text: 'Stop.' });
  });
});

describe('the end of a call', () => {
  it('stores what was said so far, then ends, and takes nothing after', () => {
    const call = new CallDriver().live();
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

  it('leaves the tools that still run to finish, and says that they may have taken effect', () => {
    const call = new CallDriver().live();
    call.take({ type: 'provider.toolCalls', calls: [{ id: '1', name: 'slow', arguments: {} }] });
    const effects = call.take({ type: 'call.end', reason: 'client_ended' });
    expect(effects).not.toContainEqual(expect.objectContaining({ type: 'tool.abort' }));
    expect(call.messages).toContainEqual(expect.objectContaining({ type: 'tool.finished', outcome: 'unknown' }));
  });
});
