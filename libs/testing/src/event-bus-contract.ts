/** What every EventBus must do. One spec per implementation calls `describeEventBus`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ConversationEvent } from '@orbisvoice/service-kit/event-bus/conversation-events';
import type { EventBus } from '@orbisvoice/service-kit/event-bus/event-bus';

const ORGANIZATION = '7f3f0cde-3c1d-4f0e-9d5b-6a1c8f6a0001';

/** An event of a conversation; `conversationId` defaults to a new one. */
export function endedEvent(sequence: number, conversationId: string = randomUUID()): ConversationEvent {
  return {
    id: randomUUID(),
    organizationId: ORGANIZATION,
    conversationId,
    sequence,
    kind: 'conversation.ended',
    occurredAt: '2026-11-21T10:00:00.000Z',
    data: { reason: 'client_ended', detail: '' },
  };
}

export function startedEvent(conversationId: string = randomUUID()): ConversationEvent {
  return {
    ...endedEvent(1, conversationId),
    kind: 'conversation.started',
    data: {
      agentId: randomUUID(),
      agentName: 'Reception',
      agentVersion: 3,
      draftRevision: 0,
      channel: 'voice',
      provider: 'gemini',
      model: 'gemini-live',
      subject: 'visitor',
    },
  };
}

/** Waits until `condition` holds. @throws after `withinMs` */
export async function eventually(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not so within ${withinMs} ms: ${condition.toString()}`);
    await sleep(10);
  }
}

/** The bus of the running test. */
interface Subject {
  bus: EventBus;
}

export function describeEventBus(name: string, openBus: () => Promise<EventBus>): void {
  describe(`event bus: ${name}`, () => {
    const subject = {} as Subject;
    beforeEach(async () => {
      subject.bus = await openBus();
    });
    afterEach(() => subject.bus.close());
    delivery(subject);
    ordering(subject);
    lifeCycle(subject);
  });
}

/** Subscribes under a name of its own and collects what comes. */
async function collect({ bus }: Subject, kinds?: ConversationEvent['kind'][]) {
  const events: ConversationEvent[] = [];
  const handle = async (event: ConversationEvent) => void events.push(event);
  const subscription = await bus.subscribe({ name: `collect-${randomUUID()}`, handle, ...(kinds && { kinds }) });
  return { events, subscription };
}

function delivery(subject: Subject): void {
  it('hands a published event to every subscriber, unchanged', async () => {
    const [one, two] = [await collect(subject), await collect(subject)];
    const event = startedEvent();
    await subject.bus.publish(event);
    await eventually(() => one.events.length === 1 && two.events.length === 1);
    expect(one.events).toEqual([event]);
    expect(two.events).toEqual([event]);
  });

  it('takes an id that it has seen as done', async () => {
    const { events } = await collect(subject);
    const [event, last] = [startedEvent(), startedEvent()];
    await subject.bus.publish(event);
    await Promise.all([subject.bus.publish(event), subject.bus.publish(event)]);
    await subject.bus.publish(last);
    await eventually(() => events.some((found) => found.id === last.id));
    expect(events.map((found) => found.id)).toEqual([event.id, last.id]);
  });

  it('hands out only the kinds that were asked for', async () => {
    const { events } = await collect(subject, ['conversation.ended']);
    const conversationId = randomUUID();
    await subject.bus.publish(startedEvent(conversationId));
    await subject.bus.publish(endedEvent(2, conversationId));
    await eventually(() => events.length === 1);
    expect(events[0]?.kind).toBe('conversation.ended');
  });

  it('hands out each of many events exactly once', async () => {
    const { events } = await collect(subject);
    const published = Array.from({ length: 300 }, () => startedEvent());
    await Promise.all(published.map((event) => subject.bus.publish(event)));
    await eventually(() => events.length >= published.length);
    expect(new Set(events.map((event) => event.id))).toEqual(new Set(published.map((event) => event.id)));
    expect(events).toHaveLength(published.length);
  });
}

function ordering(subject: Subject): void {
  it('keeps the order of a conversation although its first event takes longest', async () => {
    const conversationId = randomUUID();
    const finished: number[] = [];
    await subject.bus.subscribe({
      name: 'slow-first',
      handle: async (event) => {
        if (event.sequence === 1) await sleep(200);
        finished.push(event.sequence);
      },
    });
    const published = [startedEvent(conversationId), endedEvent(2, conversationId)].map((event) =>
      subject.bus.publish(event),
    );
    await Promise.all(published);
    await eventually(() => finished.length === 2);
    expect(finished).toEqual([1, 2]);
  });

  it('does not let one conversation hold up another', async () => {
    const order: string[] = [];
    const [stuck, free] = [startedEvent(), startedEvent()];
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await subject.bus.subscribe({
      name: 'side-by-side',
      handle: async (event) => {
        if (event.id === stuck.id) await released;
        order.push(event.id);
      },
    });
    const stuckPublished = subject.bus.publish(stuck);
    await subject.bus.publish(free);
    await eventually(() => order.length === 1);
    release();
    await stuckPublished;
    await eventually(() => order.length === 2);
    expect(order).toEqual([free.id, stuck.id]);
  });

  it('tries a failed delivery again before the next event of that conversation', async () => {
    const conversationId = randomUUID();
    const attempts: number[] = [];
    await subject.bus.subscribe({
      name: 'fails-twice',
      handle: async (event) => {
        attempts.push(event.sequence);
        if (attempts.length <= 2) throw new Error('not now');
      },
    });
    await Promise.all([
      subject.bus.publish(startedEvent(conversationId)),
      subject.bus.publish(endedEvent(2, conversationId)),
    ]);
    await eventually(() => attempts.length === 4);
    expect(attempts).toEqual([1, 1, 1, 2]);
  });
}

function lifeCycle(subject: Subject): void {
  it('hands out nothing after a subscription was stopped', async () => {
    const [stopped, running] = [await collect(subject), await collect(subject)];
    await stopped.subscription.stop();
    await subject.bus.publish(startedEvent());
    await eventually(() => running.events.length === 1);
    expect(stopped.events).toEqual([]);
  });

  it('refuses a name that is taken or not a name', async () => {
    const handle = async () => {};
    await subject.bus.subscribe({ name: 'webhooks', handle });
    await expect(subject.bus.subscribe({ name: 'webhooks', handle })).rejects.toThrow(TypeError);
    await expect(subject.bus.subscribe({ name: 'Web hooks.*', handle })).rejects.toThrow(TypeError);
  });

  it('is healthy while open; once closed it refuses events, and closing again is harmless', async () => {
    await expect(subject.bus.check()).resolves.toBeUndefined();
    await subject.bus.close();
    await subject.bus.close();
    await expect(subject.bus.check()).rejects.toThrow();
    await expect(subject.bus.publish(startedEvent())).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
  });
}
