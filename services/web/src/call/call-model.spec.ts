import { describe, expect, it } from '@jest/globals';
import type { CallStarted } from '@orbisvoice/client/protocol/messages';
import { MAX_SHOWN_TURNS, next, NO_CALL, visibleTurns, type CallHappening, type CallView } from './call-model';

const started = { conversationId: 'c', agentVersion: 3 } as CallStarted;
const begin: CallHappening[] = [
  { type: 'startRequested' },
  { type: 'stateChanged', event: { to: 'active' } },
  { type: 'started', event: started, atMs: 1_000 },
];
const play = (...happenings: CallHappening[]): CallView => [...begin, ...happenings].reduce(next, NO_CALL);

const agentTurn: CallHappening = { type: 'turnStarted', event: { turn: 2, role: 'agent' } };
const words = (text: string): CallHappening => ({
  type: 'transcriptUpdated',
  event: { turn: 2, role: 'agent', text, delta: text },
});

describe('the state of a call', () => {
  it('goes from listening over thinking to speaking and back', () => {
    const steps: CallHappening[] = [
      { type: 'turnStarted', event: { turn: 1, role: 'user' } },
      { type: 'turnFinished', event: { turn: 1, role: 'user' } },
      agentTurn,
      { type: 'audioHeard' },
      { type: 'turnFinished', event: { turn: 2, role: 'agent' } },
    ];
    const activities = steps.map((_, count) => play(...steps.slice(0, count + 1)).activity);
    expect(activities).toEqual(['listening', 'thinking', 'thinking', 'speaking', 'listening']);
  });

  it('thinks after a written text and while a tool runs', () => {
    expect(play({ type: 'textSent' }).activity).toBe('thinking');
    const tool = { turn: 2, toolCallId: 't', name: 'weather', arguments: {} };
    expect(play(agentTurn, { type: 'audioHeard' }, { type: 'toolStarted', event: tool }).activity).toBe('thinking');
  });

  it('keeps the start time over a reconnection', () => {
    const again = play(
      { type: 'stateChanged', event: { to: 'reconnecting' } },
      { type: 'started', event: started, atMs: 9_000 },
    );
    expect(again).toMatchObject({ phase: 'reconnecting', startedAtMs: 1_000 });
  });

  it('begins anew with the next call', () => {
    expect(next(play(agentTurn), { type: 'startRequested' })).toEqual({ ...NO_CALL, phase: 'connecting' });
  });
});

describe('events that come late', () => {
  it('does not let the end of an older turn change what goes on now', () => {
    const older: CallHappening = { type: 'turnStarted', event: { turn: 1, role: 'user' } };
    const answer: CallHappening[] = [older, agentTurn, { type: 'audioHeard' }];
    expect(play(...answer, { type: 'turnFinished', event: { turn: 1, role: 'user' } }).activity).toBe('speaking');
    const interruption: CallHappening = { type: 'turnStarted', event: { turn: 3, role: 'user' } };
    expect(
      play(
        ...answer,
        interruption,
        { type: 'callerPaused' },
        { type: 'turnFinished', event: { turn: 2, role: 'agent' } },
      ).activity,
    ).toBe('thinking');
  });

  it('takes a caller who has paused for finished until more words come', () => {
    const more: CallHappening = {
      type: 'transcriptUpdated',
      event: { turn: 1, role: 'user', text: 'Wait', delta: 'Wait' },
    };
    expect(play(more, { type: 'callerPaused' }).activity).toBe('thinking');
    expect(play(more, { type: 'callerPaused' }, more).activity).toBe('listening');
    expect(play(more, agentTurn, { type: 'audioHeard' }, { type: 'callerPaused' }).activity).toBe('speaking');
  });

  it('gives no place to turns in which nothing was said, except for the one that goes on', () => {
    const empty: CallHappening = { type: 'turnStarted', event: { turn: 1, role: 'user' } };
    expect(visibleTurns(play(empty))).toHaveLength(1);
    expect(visibleTurns(play(empty, agentTurn, words('Hello')))).toHaveLength(1);
    expect(visibleTurns(play(empty, { type: 'ended', event: { reason: 'client_ended' } }))).toHaveLength(0);
  });
});

describe('the live transcript', () => {
  it('grows word by word', () => {
    expect(play(agentTurn, words('Once'), words('Once upon')).turns).toMatchObject([{ text: 'Once upon', open: true }]);
  });

  it('shows after an interruption what was heard and what was not', () => {
    const view = play(
      agentTurn,
      words('Once upon a time'),
      { type: 'interrupted', event: { turn: 2 } },
      {
        type: 'transcriptFinished',
        event: { turn: 2, role: 'agent', generated: 'Once upon a time', heard: 'Once upon', interrupted: true },
      },
    );
    expect(view.activity).toBe('listening');
    expect(view.turns).toMatchObject([
      { text: 'Once upon a time', heard: 'Once upon', interrupted: true, open: false },
    ]);
  });

  it('puts a tool call with its outcome into the turn that made it', () => {
    const call = { turn: 2, toolCallId: 't', name: 'weather' };
    const view = play(
      { type: 'toolStarted', event: { ...call, arguments: { city: 'Paris' } } },
      { type: 'toolFinished', event: { ...call, outcome: 'ok', result: { sky: 'blue' }, durationMs: 12 } },
    );
    expect(view.turns[0]?.toolCalls).toEqual([
      {
        id: 't',
        name: 'weather',
        arguments: { city: 'Paris' },
        outcome: 'ok',
        result: { sky: 'blue' },
        durationMs: 12,
      },
    ]);
  });

  it('keeps the objects of turns that did not change, so that only the changed one is drawn again', () => {
    const before = play({ type: 'turnStarted', event: { turn: 1, role: 'user' } }, agentTurn);
    const after = next(before, words('Once'));
    expect(after.turns[0]).toBe(before.turns[0]);
    expect(after.turns[1]).not.toBe(before.turns[1]);
  });

  it('shows the newest turns of a long call and counts the others', () => {
    const many = Array.from({ length: MAX_SHOWN_TURNS + 5 }, (_, at): CallHappening => {
      return { type: 'turnStarted', event: { turn: at + 1, role: 'user' } };
    });
    const view = play(...many);
    expect(view.turns).toHaveLength(MAX_SHOWN_TURNS);
    expect(view).toMatchObject({
      turnsLeftOut: 5,
      turns: expect.arrayContaining([expect.objectContaining({ key: 105 })]),
    });
  });

  it('leaves no turn open when the call ends', () => {
    const view = play(agentTurn, words('Once'), { type: 'ended', event: { reason: 'client_lost' } });
    expect(view.phase).toBe('ended');
    expect(view.turns[0]?.open).toBe(false);
  });
});
