import { describe, expect, it } from '@jest/globals';
import { answered, CallDriver, played, said, turnComplete } from '../../../test/call-driver.js';
import type { CallOccurrence } from '../call-state.js';

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
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
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
    const call = new CallDriver().live();
    call.take(answered('One mom'));
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(turnComplete);
    call.take(answered('ent.'));
    call.take({ type: 'call.end', reason: 'client_ended' }, { generatedMs: 500 });
    expect(call.stored.map(({ text }) => text)).toEqual(['One moment.']);
  });

  it('is aborted when the provider cancels it, and its late result goes nowhere', () => {
    const call = new CallDriver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    const effects = call.take({ type: 'provider.toolCallsCancelled', ids: [request.id] });
    expect(effects).toContainEqual({ type: 'tool.abort', id: request.id });
    expect(call.take(finished)).toEqual([]);
  });

  it('tells the model of a failure as an error', () => {
    const call = new CallDriver().live();
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

describe('a connection that is lost during a tool call', () => {
  it('leaves the turn unfinished until the result is there, also when the model speaks again before', () => {
    const call = new CallDriver().live();
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
