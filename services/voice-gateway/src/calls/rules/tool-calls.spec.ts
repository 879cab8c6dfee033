import { describe, expect, it } from '@jest/globals';
import { answered, CallDriver, played, said, turnComplete } from '../../../test/call-driver.js';
import type { CallOccurrence } from '../call-state.js';

const asked = (id: string, given: unknown = {}, name = 'book'): CallOccurrence => ({
  type: 'provider.toolCalls',
  calls: [{ id, name, arguments: given }],
});
const finished = (id: string, result: unknown): CallOccurrence => ({
  type: 'tool.finished',
  id,
  outcome: 'ok',
  result,
  durationMs: 5,
});

describe('a tool call', () => {
  const request = { id: 'function-call-1', name: 'current_time', arguments: { timezone: 'UTC' } };
  const finish = (call: CallDriver) => call.take(finished(call.runs.at(-1)!.id, { time: 'noon' }));

  it('is run once, told to the client and answered to the model', () => {
    const call = new CallDriver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take({ type: 'provider.toolCalls', calls: [request] });
    finish(call);
    expect(call.runs).toHaveLength(1);
    expect(call.effects).toContainEqual({
      type: 'provider.toolResults',
      results: [{ callId: call.runs[0]!.id, id: request.id, name: request.name, output: { time: 'noon' } }],
    });
    expect(call.messages.map((message) => message.type)).toEqual(['turn.started', 'tool.started', 'tool.finished']);
  });

  it('keeps the turn open for what the model says about the result', () => {
    const call = new CallDriver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    call.take(turnComplete);
    finish(call);
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
    finish(call);
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
    expect(effects).toContainEqual({ type: 'tool.abort', id: call.runs[0]!.id });
    expect(finish(call)).toEqual([]);
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(call.storedTools).toMatchObject([
      { outcome: 'cancelled', result: { error: expect.stringContaining('may have taken effect') } },
    ]);
  });

  it('tells the model of a failure as an error', () => {
    const call = new CallDriver().live();
    call.take({ type: 'provider.toolCalls', calls: [request] });
    const effects = call.take({
      type: 'tool.finished',
      id: call.runs[0]!.id,
      outcome: 'timed_out',
      result: { error: 'no answer' },
      durationMs: 5,
    });
    expect(effects).toContainEqual({
      type: 'provider.toolResults',
      results: [{ callId: call.runs[0]!.id, id: request.id, name: request.name, error: { error: 'no answer' } }],
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
    const { id } = call.runs[0]!;
    expect(call.take(finished(id, 42))).toContainEqual({
      type: 'provider.toolResults',
      results: [{ callId: id, id: 'a', name: 'look_up', output: 42 }],
    });
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(call.stored.map(({ text }) => text)).toEqual(['Look it up', '', 'Where were we?']);
  });
});

describe('a tool that runs while the turn is interrupted', () => {
  it.each<[string, CallOccurrence]>([
    ["by the caller's voice", { type: 'provider.interrupted' }],
    ['by a text', { type: 'client.text', text: 'Wait' }],
  ])('%s is left to finish, and its result is told to the model and stored', (_, interruption) => {
    const call = new CallDriver().live();
    call.take(answered('One moment.'));
    call.take(asked('p'));
    call.take(interruption, { generatedMs: 500 });
    call.take(played(1, 200));
    call.take(turnComplete);
    call.take(answered('Yes?'));
    expect(call.effects).not.toContainEqual(expect.objectContaining({ type: 'tool.abort' }));
    expect(call.stored).toEqual([]);
    const { id } = call.runs[0]!;
    const effects = call.take(finished(id, { booked: true }));
    const results = [{ callId: id, id: 'p', name: 'book', output: { booked: true } }];
    expect(effects).toContainEqual({ type: 'provider.toolResults', results });
    expect(call.storedTools).toMatchObject([{ id, outcome: 'ok', result: { booked: true } }]);
    expect(call.stored[0]).toMatchObject({ role: 'agent', interrupted: true });
  });

  it('tells the client of the interruption, and what was heard, without waiting for it', () => {
    const call = new CallDriver().live();
    call.take(answered('One moment.'));
    call.take(asked('p'));
    call.take({ type: 'provider.interrupted' }, { generatedMs: 500 });
    call.take(played(1, 200));
    expect(call.messages.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['interrupted', 'transcript.final', 'turn.finished']),
    );
  });

  it('goes into the record as what may have taken effect when the call ends before it', () => {
    const call = new CallDriver().live();
    call.take(answered('One moment.'));
    call.take(asked('p'));
    call.take({ type: 'provider.interrupted' }, { generatedMs: 500 });
    call.take(played(1, 200));
    call.take({ type: 'call.end', reason: 'client_ended' });
    expect(call.effects).not.toContainEqual(expect.objectContaining({ type: 'tool.abort' }));
    expect(call.storedTools).toMatchObject([
      { outcome: 'unknown', result: { error: expect.stringMatching(/client_ended.*may have taken effect/) } },
    ]);
  });
});

describe("the provider's id of a tool call", () => {
  const turnOver = (call: CallDriver) => {
    call.take(turnComplete);
    call.take({ type: 'turn.deadline', turn: call.state.turns.at(-1)?.turn ?? 0 });
  };
  const ids = (call: CallDriver) => new Set(call.runs.map(({ id }) => id));

  it.each<[string, CallOccurrence]>([
    ['other arguments', asked('p', { at: '11:00' })],
    ['another tool', asked('p', { at: '10:00' }, 'cancel')],
    ['the same arguments', asked('p', { at: '10:00' })],
  ])('that comes again in a later turn, with %s, is another call', (_, again) => {
    const call = new CallDriver().live();
    call.take(asked('p', { at: '10:00' }));
    call.take(finished(call.runs[0]!.id, 'first'));
    turnOver(call);
    call.take(said('And again'));
    call.take(again);
    expect(ids(call).size).toBe(2);
    const { id } = call.runs[1]!;
    expect(call.take(finished(id, 'second'))).toContainEqual({
      type: 'provider.toolResults',
      results: [expect.objectContaining({ id: 'p', output: 'second' })],
    });
  });

  it('may be used for two calls at once', () => {
    const call = new CallDriver().live();
    call.take(asked('p', { at: '10:00' }));
    call.take(asked('p', { at: '11:00' }));
    expect(ids(call).size).toBe(2);
  });

  it('may be missing, also twice with the same arguments', () => {
    const call = new CallDriver().live();
    call.take(asked(''));
    call.take(asked(''));
    expect(ids(call).size).toBe(2);
    for (const id of ids(call)) {
      expect(id).toMatch(/^[\x21-\x7e]{1,200}$/);
      expect(call.take(finished(id, 1))).toContainEqual({
        type: 'provider.toolResults',
        results: [expect.objectContaining({ id: '', output: 1 })],
      });
    }
  });

  it('that comes twice in one turn is one call, also when the first is answered already', () => {
    const call = new CallDriver().live();
    call.take(asked('p'));
    call.take(finished(call.runs[0]!.id, 1));
    call.take(asked('p'));
    expect(call.runs).toHaveLength(1);
  });

  it('that comes again on another connection while the call runs is the same call, and is answered there', () => {
    const call = new CallDriver().live();
    call.take(asked('p'));
    call.take({ type: 'provider.lost' });
    expect(call.take(asked('p'))).toEqual([{ type: 'tool.known', id: call.runs[0]!.id }]);
    expect(call.runs).toHaveLength(1);
  });

  it('that comes again on another connection after the answer gets that one: it is run under the same id', () => {
    const call = new CallDriver().live();
    call.take(asked('p'));
    call.take(finished(call.runs[0]!.id, 1));
    call.take({ type: 'provider.lost' });
    call.take(asked('p'));
    expect(call.runs).toHaveLength(2);
    expect(ids(call).size).toBe(1);
  });

  it('gives the same call the same id for whoever holds it', () => {
    const [one, two] = [new CallDriver().live(), new CallDriver().live()];
    for (const call of [one, two]) call.take(asked('p', { at: '10:00' }));
    expect(ids(one)).toEqual(ids(two));
  });
});
