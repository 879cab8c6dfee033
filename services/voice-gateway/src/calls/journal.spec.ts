import { afterEach, describe, expect, it } from '@jest/globals';
import type {
  ClaimConversationResponse,
  ConversationEvent,
} from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { Role } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { toTimestamp } from '@orbisvoice/service-kit/timestamps';
import { setTimeout as sleep } from 'node:timers/promises';
import { Journal, type EventKind } from './journal.js';

const AT = new Date('2026-01-01T00:00:00Z');
const ended: EventKind = { $case: 'ended', value: { reason: 'client_ended', detail: '' } };

function turn(text: string, startedAt?: Date): EventKind {
  return {
    $case: 'turn',
    value: {
      role: Role.ROLE_USER,
      generatedText: text,
      heardText: '',
      interrupted: false,
      startedAt: startedAt && toTimestamp(startedAt),
      endedAt: undefined,
      toolCalls: [],
      usage: undefined,
      timings: undefined,
      inputKind: 0,
    },
  };
}

/** The transcripts service, as far as a journal knows it: takes, refuses or leaves batches unanswered, as it is told. */
class Transcripts {
  readonly batches: ConversationEvent[][] = [];
  readonly committed: number[] = [];
  commits = 0;
  readonly failures: string[] = [];
  readonly lost: [count: number, kind: string][] = [];
  answers: (() => Promise<void> | void)[] = [];
  readonly claims: number[] = [];
  /** What a former holder left, as a claim is told. */
  stored: ClaimConversationResponse = { lastSequence: 0, turns: [], ended: false };
  readonly journal = new Journal({
    held: { organizationId: 'o', conversationId: 'c', fence: 1 },
    append: async (events) => {
      this.batches.push(events);
      await this.answers.shift()?.();
      this.committed.push(...events.map((event) => event.sequence));
    },
    claim: async (afterSequence) => {
      this.claims.push(afterSequence);
      await this.answers.shift()?.();
      return this.stored;
    },
    onCommitted: () => (this.commits += 1),
    onFailure: (error) => this.failures.push(error.kind),
    onLost: (count, error) => this.lost.push([count, error.kind]),
  });

  failNext(kind: DomainError['kind'], times = 1): void {
    for (let i = 0; i < times; i++)
      this.answers.push(() => {
        throw new DomainError(kind, 'No.');
      });
  }

  /** Leaves the next batch unanswered until the function that it returns is called. */
  holdNext(): () => void {
    const held = Promise.withResolvers<void>();
    this.answers.push(() => held.promise);
    return held.resolve;
  }
}

const sequences = (batch: ConversationEvent[] | undefined) => batch?.map((event) => event.sequence);

const started: EventKind = {
  $case: 'started',
  value: {
    agentId: '',
    agentName: '',
    agentVersion: 1,
    draftRevision: 0,
    channel: 1,
    provider: '',
    model: '',
    subject: '',
  },
};

/** As `transcripts` says it to a holder that it took for lost. */
const LOST = new DomainError('failed_precondition', 'Ended.', {
  violations: [{ field: 'conversation_id', message: 'must be claimed to go on' }],
});

describe('the journal of a conversation that was ended since its holder was not heard of', () => {
  it('claims it and goes on, without losing what it had to say', async () => {
    const transcripts = new Transcripts();
    transcripts.journal.record(started, AT);
    transcripts.journal.record(turn('a', AT), AT);
    await transcripts.journal.flush(1_000);
    transcripts.stored = { lastSequence: 3, turns: [], ended: false };
    transcripts.answers.push(() => {
      throw LOST;
    });
    transcripts.journal.record(turn('b'), AT);
    transcripts.journal.record(ended, AT);
    expect(await transcripts.journal.flush(3_000)).toBe(true);
    expect(transcripts.claims).toEqual([2]);
    expect(transcripts.committed).toEqual([1, 2, 4, 5]);
    expect(transcripts.lost).toEqual([]);
  });

  it('claims it also when it has nothing to say, as soon as it is told', async () => {
    const transcripts = new Transcripts();
    transcripts.journal.record(turn('a'), AT);
    await transcripts.journal.flush(1_000);
    transcripts.stored = { lastSequence: 2, turns: [], ended: false };
    transcripts.journal.claimAgain();
    await transcripts.journal.flush(1_000);
    transcripts.journal.record(turn('b'), AT);
    await transcripts.journal.flush(1_000);
    expect(transcripts.claims).toEqual([1]);
    expect(transcripts.committed).toEqual([1, 3]);
  });

  it('does not send the start a second time', async () => {
    const transcripts = new Transcripts();
    transcripts.stored = { lastSequence: 2, turns: [], ended: false };
    transcripts.answers.push(() => {
      throw LOST;
    });
    transcripts.journal.record(started, AT);
    transcripts.journal.record(turn('a'), AT);
    expect(await transcripts.journal.flush(3_000)).toBe(true);
    expect(transcripts.batches.at(-1)?.map(({ sequence, kind }) => [sequence, kind?.$case])).toEqual([[3, 'turn']]);
  });
});

describe('the journal of a call', () => {
  let transcripts = new Transcripts();
  afterEach(() => {
    transcripts.journal.abandon();
    transcripts = new Transcripts();
  });

  it('numbers events from 1 and stamps them with the time at which they happened', async () => {
    transcripts.journal.record(turn('a'), AT);
    transcripts.journal.record(ended, AT);
    expect(await transcripts.journal.flush(1_000)).toBe(true);
    expect(transcripts.batches.flat().map((event) => [event.sequence, event.kind?.$case])).toEqual([
      [1, 'turn'],
      [2, 'ended'],
    ]);
    expect(transcripts.batches[0]![0]!.occurredAt).toEqual(toTimestamp(AT));
  });

  it('sends one batch at a time, and what came meanwhile in the next one', async () => {
    const release = transcripts.holdNext();
    for (let i = 0; i < 4; i++) transcripts.journal.record(turn('a'), AT);
    await sleep(10);
    expect(transcripts.batches.map(sequences)).toEqual([[1]]);
    release();
    await transcripts.journal.flush(1_000);
    expect(transcripts.batches.map(sequences)).toEqual([[1], [2, 3, 4]]);
  });

  it('sends the same events again, in the same order, until they are committed', async () => {
    transcripts.failNext('unavailable');
    transcripts.failNext('deadline_exceeded');
    transcripts.journal.record(turn('a'), AT);
    transcripts.journal.record(turn('b'), AT);
    expect(await transcripts.journal.flush(3_000)).toBe(true);
    expect(transcripts.batches.map(sequences)).toEqual([[1], [1, 2], [1, 2]]);
    expect(transcripts.committed).toEqual([1, 2]);
    expect(transcripts.failures).toEqual(['unavailable', 'deadline_exceeded']);
    expect(transcripts.commits).toBe(1);
    expect(transcripts.lost).toEqual([]);
  });

  it('takes an error that it does not know for one that passes', async () => {
    transcripts.answers.push(() => {
      throw new TypeError('a fault of our own');
    });
    transcripts.journal.record(turn('a'), AT);
    expect(await transcripts.journal.flush(2_000)).toBe(true);
    expect(transcripts.failures).toEqual(['internal']);
    expect(transcripts.committed).toEqual([1]);
  });

  it.each(['invalid_argument', 'failed_precondition', 'not_found'] as const)(
    'gives up what transcripts will never take (%s), says so, and goes on with the rest',
    async (kind) => {
      transcripts.failNext(kind);
      transcripts.journal.record(turn('bad'), AT);
      await sleep(10);
      transcripts.journal.record(turn('good'), AT);
      expect(await transcripts.journal.flush(1_000)).toBe(true);
      expect(transcripts.lost).toEqual([[1, kind]]);
      expect(transcripts.committed).toEqual([2]);
    },
  );

  it('puts at most 100 events into a batch', async () => {
    const release = transcripts.holdNext();
    for (let i = 0; i < 251; i++) transcripts.journal.record(turn('a'), AT);
    release();
    await transcripts.journal.flush(1_000);
    expect(transcripts.batches.map((batch) => batch.length)).toEqual([1, 100, 100, 50]);
    expect(transcripts.committed).toEqual(Array.from({ length: 251 }, (_, i) => i + 1));
  });

  it('puts at most 2 MB into a batch, and never less than one event', async () => {
    const release = transcripts.holdNext();
    transcripts.journal.record(turn('first'), AT);
    transcripts.journal.record(turn('x'.repeat(2_500_000)), AT);
    for (let i = 0; i < 3; i++) transcripts.journal.record(turn('y'.repeat(900_000)), AT);
    release();
    await transcripts.journal.flush(1_000);
    expect(transcripts.batches.map(sequences)).toEqual([[1], [2], [3, 4], [5]]);
  });
});

describe('flushing a journal', () => {
  it('is done at once when there is nothing to send', async () => {
    expect(await new Transcripts().journal.flush(10_000)).toBe(true);
  });

  it('says false when the time is over, and the journal goes on trying', async () => {
    const transcripts = new Transcripts();
    const release = transcripts.holdNext();
    transcripts.journal.record(ended, AT);
    expect(await transcripts.journal.flush(20)).toBe(false);
    expect(transcripts.journal.pendingCount).toBe(1);
    release();
    expect(await transcripts.journal.flush(1_000)).toBe(true);
    expect(transcripts.journal.pendingCount).toBe(0);
  });

  it('may be asked for by several at once', async () => {
    const transcripts = new Transcripts();
    transcripts.journal.record(ended, AT);
    expect(await Promise.all([transcripts.journal.flush(1_000), transcripts.journal.flush(1_000)])).toEqual([
      true,
      true,
    ]);
  });
});

describe('an abandoned journal', () => {
  it('wakes from its wait for the next attempt and sends nothing more', async () => {
    const transcripts = new Transcripts();
    transcripts.failNext('unavailable', 10);
    transcripts.journal.record(ended, AT);
    await sleep(10);
    const flushed = transcripts.journal.flush(5_000);
    const askedAt = performance.now();
    transcripts.journal.abandon();
    expect(await flushed).toBe(false);
    expect(performance.now() - askedAt).toBeLessThan(100);
    await sleep(300);
    expect(transcripts.batches).toHaveLength(1);
  });

  it('keeps what it could not send countable', async () => {
    const transcripts = new Transcripts();
    transcripts.failNext('unavailable', 10);
    transcripts.journal.record(turn('a'), AT);
    transcripts.journal.record(ended, AT);
    await sleep(10);
    transcripts.journal.abandon();
    await sleep(10);
    expect(transcripts.journal.pendingCount).toBe(2);
  });
});

describe('a journal that another gateway goes on with', () => {
  it('sends what the first could not, under the same numbers, and numbers on from there', async () => {
    const first = new Transcripts();
    first.failNext('unavailable', 100);
    first.journal.record(turn('a'), AT);
    first.journal.record(turn('b'), AT);
    const snapshot = JSON.parse(JSON.stringify(first.journal.snapshot())) as ReturnType<Journal['snapshot']>;
    first.journal.abandon();
    const second = new Transcripts();
    second.journal.restore(snapshot);
    second.journal.record(ended, AT);
    expect(await second.journal.flush(1_000)).toBe(true);
    const events = second.batches.flat();
    expect(events.map((event) => [event.sequence, event.kind?.$case])).toEqual([
      [1, 'turn'],
      [2, 'turn'],
      [3, 'ended'],
    ]);
    expect(events[0]).toEqual({ sequence: 1, occurredAt: toTimestamp(AT), kind: turn('a') });
  });

  it('sends nothing when the first had sent all', async () => {
    const first = new Transcripts();
    first.journal.record(turn('a'), AT);
    await first.journal.flush(1_000);
    const second = new Transcripts();
    second.journal.restore(first.journal.snapshot());
    expect(await second.journal.flush(1_000)).toBe(true);
    expect(second.batches).toEqual([]);
    second.journal.record(ended, AT);
    await second.journal.flush(1_000);
    expect(second.committed).toEqual([2]);
  });

  /** With turns 1 and 2 handed over, the second of them not stored yet. */
  function successor(failure?: DomainError['kind'], times = 1): Transcripts {
    const first = new Transcripts();
    first.failNext('unavailable', 100);
    first.journal.record(turn('a', at(1)), AT);
    first.journal.record(turn('b', at(2)), AT);
    const second = new Transcripts();
    const snapshot = first.journal.snapshot();
    first.journal.abandon();
    if (failure) second.failNext(failure, times);
    second.journal.restore({ ...snapshot, pending: snapshot.pending.slice(1) });
    return second;
  }
  const at = (second: number) => new Date(AT.getTime() + second * 1_000);
  const texts = (events: ConversationEvent[]) =>
    events.map(
      ({ sequence, kind }) => `${sequence} ${kind?.$case === 'turn' ? kind.value.generatedText : kind?.$case}`,
    );

  it('claims the conversation before it sends anything', async () => {
    const second = successor('unavailable');
    expect(await second.journal.flush(2_000)).toBe(true);
    expect(second.claims).toEqual([2, 2]);
    expect(second.committed).toEqual([2]);
  });

  it('numbers its own events after those that the first stored without handing them over', async () => {
    const second = successor();
    second.stored = { lastSequence: 4, turns: [{ role: Role.ROLE_USER, startedAt: toTimestamp(at(3)) }], ended: false };
    second.journal.record(turn('own', at(9)), AT);
    second.journal.record(ended, AT);
    expect(await second.journal.flush(1_000)).toBe(true);
    expect(texts(second.batches.flat())).toEqual(['2 b', '5 own', '6 ended']);
  });

  it('leaves out what the first stored without handing it over, whenever it is recorded once more', async () => {
    const second = successor();
    second.stored = {
      lastSequence: 4,
      turns: [3, 4].map((after) => ({ role: Role.ROLE_USER, startedAt: toTimestamp(at(after)) })),
      ended: false,
    };
    second.journal.record(turn('c', at(3)), AT);
    await second.journal.flush(1_000);
    second.journal.record(turn('d', at(4)), AT);
    second.journal.record(turn('e', at(5)), AT);
    expect(await second.journal.flush(1_000)).toBe(true);
    expect(texts(second.batches.flat())).toEqual(['2 b', '5 e']);
  });

  it('does not end a second time what the first has ended', async () => {
    const second = successor();
    second.stored = { lastSequence: 3, turns: [], ended: true };
    second.journal.record(ended, AT);
    expect(await second.journal.flush(1_000)).toBe(true);
    expect(texts(second.batches.flat())).toEqual(['2 b']);
    expect(second.lost).toEqual([]);
  });

  it('hands on what it has not agreed about yet to a third, which agrees about it', async () => {
    const second = successor('unavailable', 100);
    second.journal.record(turn('own', at(9)), AT);
    const snapshot = JSON.parse(JSON.stringify(second.journal.snapshot())) as ReturnType<Journal['snapshot']>;
    second.journal.abandon();
    const third = new Transcripts();
    third.stored = { lastSequence: 4, turns: [{ role: Role.ROLE_USER, startedAt: toTimestamp(at(3)) }], ended: false };
    third.journal.restore(snapshot);
    expect(await third.journal.flush(1_000)).toBe(true);
    expect(third.claims).toEqual([2]);
    expect(texts(third.batches.flat())).toEqual(['2 b', '5 own']);
    const fourth = new Transcripts();
    fourth.journal.restore(JSON.parse(JSON.stringify(third.journal.snapshot())));
    fourth.journal.record(turn('c', at(3)), AT);
    expect(await fourth.journal.flush(1_000)).toBe(true);
    expect(fourth.batches).toEqual([]);
  });

  it('gives up when it has itself been replaced', async () => {
    const second = successor('failed_precondition');
    expect(await second.journal.flush(1_000)).toBe(true);
    expect(second.lost).toEqual([[1, 'failed_precondition']]);
    expect(second.batches).toEqual([]);
  });
});
