import { describe, expect, it } from '@jest/globals';
import { answered, CallDriver, firstAudio, played, said, turnComplete } from '../../../test/call-driver.js';
import { LATE_TRANSCRIPT_MS } from './closing.js';
import type { CallOccurrence } from '../call-state.js';

describe('what the model is told of an answer that was interrupted', () => {
  const cut = () => {
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
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
    call.passes(LATE_TRANSCRIPT_MS);
    expect(call.stored.map(({ text }) => text)).toEqual(['First.', 'and then', 'Second half.']);
  });

  it('is missed by nobody when it never comes', () => {
    const call = answering();
    call.take(generated, { generatedMs: 600 });
    call.take(turnComplete, { generatedMs: 600 });
    call.take(played(3, 600));
    call.passes(LATE_TRANSCRIPT_MS);
    expect(call.stored.map(({ text }) => text)).toEqual(['First.', 'and then', 'Second']);
  });
});

describe('text that comes after an interruption', () => {
  const cut = () => {
    const call = new CallDriver().live();
    call.take(firstAudio);
    call.take(answered('one two'));
    call.take({ type: 'provider.interrupted' }, { generatedMs: 1_000 });
    return call;
  };
  const next = (call: CallDriver) => {
    call.take(said('stop'), { afterMs: 700 });
    call.take(answered('Fine'), { afterMs: 500 });
    call.take(firstAudio, { afterMs: 5 });
    call.take(answered(', then.'));
    call.take(turnComplete, { generatedMs: 500 });
    call.take({ type: 'call.end', reason: 'client_ended' }, { generatedMs: 500 });
    return call.stored.filter(({ role }) => role === 'agent');
  };

  it('is of that turn, and was not heard, however far it had been played', () => {
    const call = cut();
    call.take(answered(' three'), { afterMs: 100 });
    call.take(turnComplete);
    call.take(answered(' four'));
    const effects = call.take(played(1, 1_000));
    expect(effects).toContainEqual({ type: 'provider.heard', heard: 'one two', now: false });
    expect(call.messages).toContainEqual(
      expect.objectContaining({ type: 'transcript.final', generated: 'one two three four', heard: 'one two' }),
    );
    expect(next(call).map(({ text }) => text)).toEqual(['one two', 'Fine, then.']);
  });

  it('is no part of the next answer either when the turn is over already', () => {
    const call = cut();
    call.take(played(1, 1_000));
    call.take(answered(' three'), { afterMs: 300 });
    call.take(turnComplete);
    call.take(answered(' four'), { afterMs: 300 });
    expect(next(call)).toMatchObject([{ heard: 'one two' }, { text: 'Fine, then.' }]);
  });

  it.each<CallOccurrence>([{ type: 'provider.interrupted' }, turnComplete])(
    'is of that turn when $type comes behind it, however soon the next answer begins',
    (end) => {
      const call = new CallDriver().live();
      call.take(firstAudio);
      call.take(answered('one two'));
      call.take({ type: 'client.text', text: 'stop' }, { generatedMs: 1_000 });
      call.take(answered(' three'));
      call.take(end);
      call.take(firstAudio, { afterMs: 5 });
      call.take(answered('Fine.'));
      call.take({ type: 'call.end', reason: 'client_ended' }, { generatedMs: 500 });
      const told = call.messages.flatMap((message) => (message.type === 'transcript.final' ? [message] : []));
      expect(told.map(({ role, generated }) => `${role}: ${generated}`)).toEqual([
        'user: stop',
        'agent: one two three',
        'agent: Fine.',
      ]);
    },
  );

  it('is the next answer when that one is not preceded by the end of the turn that was cut', () => {
    const call = cut();
    call.take(played(1, 1_000));
    expect(next(call).map(({ text }) => text)).toEqual(['one two', 'Fine, then.']);
  });
});
