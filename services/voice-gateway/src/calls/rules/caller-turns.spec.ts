import { describe, expect, it } from '@jest/globals';
import { answered, CallDriver, firstAudio, played, said, turnComplete } from '../../../test/call-driver.js';
import type { CallOccurrence } from '../call-state.js';
import { LATE_TRANSCRIPT_MS } from './closing.js';

const lost: CallOccurrence = { type: 'provider.lost' };
const interrupted: CallOccurrence = { type: 'provider.interrupted' };

/** A call in which the caller has spoken for a second, and may have been silent since. */
function spoken({ before = [] as string[], silentMs = 500 } = {}) {
  const call = new CallDriver().live();
  call.speech = { since: call.at, until: call.at + 1_000 };
  call.at += 1_000 + silentMs;
  for (const text of before) call.take(said(text));
  return call;
}

/** The answer begins, and a second of it is there. */
function answers(call: CallDriver): void {
  call.take(answered('It is'));
  call.take(firstAudio);
}

/** The rest of the answer, all of it played. */
function finishes(call: CallDriver): void {
  const turn = call.state.turns.find(({ role, phase }) => role === 'agent' && phase === 'open')!.turn;
  call.take(answered(' noon.'), { generatedMs: 500 });
  call.take(turnComplete, { generatedMs: 1_000 });
  call.take(played(turn, 1_000), { afterMs: 1_000 });
}

const lines = (call: CallDriver) => call.stored.map(({ role, text }) => `${role}: ${text}`);
const DIALOGUE = ['user: what time is it', 'agent: It is noon.'];

describe('words of the caller that come late', () => {
  it.each([300, 1_000, 2_000, LATE_TRANSCRIPT_MS - 500])(
    'stand before the answer, all of them, after %d ms',
    (lateMs) => {
      const call = spoken();
      answers(call);
      call.passes(lateMs / 2);
      call.take(said('what time'), { generatedMs: 400 });
      call.passes(lateMs / 2);
      call.take(said(' is it'), { generatedMs: 450 });
      finishes(call);
      call.passes(60_000);
      expect(lines(call)).toEqual(DIALOGUE);
      expect(call.state.awaitingAnswer).toBe(false);
    },
  );

  it('stand before an answer that has been played already', () => {
    const call = spoken({ before: ['what'] });
    answers(call);
    finishes(call);
    call.passes(1_500);
    call.take(said(' time is it'));
    call.passes(60_000);
    expect(lines(call)).toEqual(DIALOGUE);
  });

  it('stand before it however late they are while it is heard', () => {
    const call = spoken({ before: ['what time'] });
    answers(call);
    call.take(answered(' a long story.'), { generatedMs: 30_000 });
    call.take(turnComplete, { generatedMs: 30_000 });
    call.passes(20_000);
    call.take(said(' is it'));
    call.take(played(2, 30_000));
    call.passes(60_000);
    expect(lines(call)).toEqual(['user: what time is it', 'agent: It is a long story.']);
  });

  it('are told to the client in a turn that began before the answer', () => {
    const call = spoken();
    answers(call);
    call.take(said('what time'), { afterMs: 1_500 });
    const begun = call.messages.flatMap((message) => (message.type === 'turn.started' ? [message] : []));
    expect(begun).toMatchObject([
      { turn: 1, role: 'user' },
      { turn: 2, role: 'agent' },
    ]);
    expect(call.messages.at(-1)).toMatchObject({ type: 'transcript.delta', turn: 1, text: 'what time' });
  });

  it('are not answered twice when the connection is lost during the answer', () => {
    const call = spoken({ before: ['what time'] });
    answers(call);
    call.take(said(' is it'), { afterMs: 1_800 });
    call.take(lost, { generatedMs: 900 });
    expect(call.state.awaitingAnswer).toBe(false);
  });

  it('stand before the answer when nothing is known of the sound', () => {
    const call = new CallDriver().live();
    answers(call);
    call.take(said('what time'), { afterMs: 800, generatedMs: 600 });
    call.take(said(' is it'), { afterMs: 800, generatedMs: 900 });
    finishes(call);
    call.passes(60_000);
    expect(lines(call)).toEqual(DIALOGUE);
  });

  it('stand before a tool call that was made for them', () => {
    const call = spoken();
    call.take({ type: 'provider.toolCalls', calls: [{ id: '1', name: 'clock', arguments: {} }] });
    call.take(said('what time is it'), { afterMs: 700 });
    const { id } = call.runs[0]!;
    call.take({ type: 'tool.finished', id, outcome: 'ok', result: 12, durationMs: 1 }, { afterMs: 700 });
    answers(call);
    finishes(call);
    call.passes(60_000);
    expect(lines(call)).toEqual(DIALOGUE);
  });

  it('stand before the answer although a steady noise goes on', () => {
    const call = spoken({ before: ['what time'], silentMs: 0 });
    answers(call);
    call.speech = { ...call.speech, until: call.at + 10_000 };
    call.take(said(' is it'), { afterMs: 1_500, generatedMs: 600 });
    finishes(call);
    call.passes(60_000);
    expect(lines(call)).toEqual(DIALOGUE);
  });

  it('are cut off from the next question by what is said anew', () => {
    const call = spoken({ before: ['what time'] });
    answers(call);
    call.take(said(' is it'), { afterMs: 1_500, generatedMs: 400 });
    finishes(call);
    call.speech = { since: call.at + 500, until: call.at + 1_500 };
    call.take(said('and where'), { afterMs: 1_600 });
    answers(call);
    finishes(call);
    call.passes(60_000);
    expect(lines(call)).toEqual([...DIALOGUE, 'user: and where', 'agent: It is noon.']);
  });

  it('are kept, and not answered again, when they come after everything else', () => {
    const call = spoken({ before: ['what time'] });
    answers(call);
    finishes(call);
    call.passes(LATE_TRANSCRIPT_MS);
    call.take(said(' is it'));
    expect(call.state.awaitingAnswer).toBe(false);
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(lines(call)).toEqual(['user: what time', 'agent: It is noon.', 'user:  is it']);
  });
});

describe('words that are said into an answer', () => {
  it('are a turn after it when new speech has begun, also without an interruption', () => {
    const call = spoken({ before: ['what time is it'] });
    answers(call);
    call.passes(500);
    call.speech = { since: call.at, until: call.at + 600 };
    call.take(said('and where'), { afterMs: 700, generatedMs: 600 });
    expect(call.state.awaitingAnswer).toBe(true);
    expect(call.state.turns.map(({ role }) => role)).toEqual(['agent', 'user']);
    call.take(firstAudio);
    call.take(answered('Here.'));
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(lines(call)).toEqual(['user: what time is it', 'agent: It is', 'user: and where', 'agent: Here.']);
  });

  it('are a turn after it when the model has taken them for an interruption, whatever the sound says', () => {
    const call = spoken({ before: ['what time is it'] });
    answers(call);
    call.take(interrupted, { generatedMs: 900 });
    call.take(said('stop'), { afterMs: 200 });
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(lines(call)).toEqual(['user: what time is it', 'agent: It is', 'user: stop']);
  });

  it('are a turn after a greeting, which nobody asked for by voice', () => {
    const call = new CallDriver('Hello.').live();
    answers(call);
    call.take(said('hi'), { generatedMs: 400 });
    expect(call.state.turns.map(({ role }) => role)).toEqual(['agent', 'user']);
  });

  it('are a turn before a greeting when they were said before it', () => {
    const call = new CallDriver('Hello.').live();
    call.speech = { since: call.at, until: call.at + 300 };
    call.at += 600;
    answers(call);
    call.take(said('hi'), { generatedMs: 400 });
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(lines(call)).toEqual(['user: hi', 'agent: It is']);
  });
});
