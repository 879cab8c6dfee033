import { describe, expect, it } from '@jest/globals';
import { describeEventBus, endedEvent, eventually, startedEvent } from '@orbisvoice/testing/event-bus-contract';
import { pino } from 'pino';
import { InProcessEventBus } from './in-process-event-bus.js';

const log = pino({ level: 'silent' });

describeEventBus('in-process', async () => new InProcessEventBus(log));

describe('in-process event bus', () => {
  const limits = { maxPending: 2, maxAttempts: 2, handlerTimeoutMs: 50, firstRetryMs: 1 };

  it('resolves a publication only when the subscriber has handled it', async () => {
    const bus = new InProcessEventBus(log);
    let handled = false;
    await bus.subscribe({
      name: 'slow',
      handle: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        handled = true;
      },
    });
    await bus.publish(startedEvent());
    expect(handled).toBe(true);
    await bus.close();
  });

  it('refuses an event while a subscriber is behind, and takes it later', async () => {
    const bus = new InProcessEventBus(log, { ...limits, handlerTimeoutMs: 10_000 });
    const releases: (() => void)[] = [];
    await bus.subscribe({ name: 'stuck', handle: () => new Promise((resolve) => releases.push(resolve)) });
    const waiting = [bus.publish(startedEvent()), bus.publish(startedEvent())];
    const refused = endedEvent(2);
    await eventually(() => releases.length === 2);
    await expect(bus.publish(refused)).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
    releases.forEach((release) => release());
    await Promise.all(waiting);
    const taken = bus.publish(refused);
    await eventually(() => releases.length === 3);
    releases[2]?.();
    await taken;
    await bus.close();
  });

  it('gives an event up after the last attempt, says so, and goes on', async () => {
    const bus = new InProcessEventBus(log, limits);
    const givenUp: string[] = [];
    let attempts = 0;
    await bus.subscribe({
      name: 'hangs',
      handle: async (event) => {
        attempts += 1;
        if (event.sequence === 1) await new Promise(() => {});
      },
      givenUp: (event) => givenUp.push(event.id),
    });
    const event = startedEvent();
    await bus.publish(event);
    await bus.publish(endedEvent(2, event.conversationId));
    expect(givenUp).toEqual([event.id]);
    expect(attempts).toBe(3);
    await bus.close();
  });
});
