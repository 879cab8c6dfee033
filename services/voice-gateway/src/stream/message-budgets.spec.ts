import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES, MAX_UNACKNOWLEDGED_TEXTS } from '@orbisvoice/client/protocol/constants';
import { MAX_REFUSED, MESSAGES, MessageBudgets } from './message-budgets.js';

describe('messages of a client', () => {
  it('are taken as a client sends them, for as long as it likes', () => {
    const budgets = new MessageBudgets(0);
    for (let at = 0; at < 3_600_000; at += 250) {
      expect(budgets.takeMessage(100, at)).toBe(true);
      expect(budgets.takePosition(at)).toBe(true);
      if (at % 1_000 === 0) expect(budgets.takePing(at)).toBe(true);
    }
  });

  it('that were kept for a reconnect are taken at once, the largest too', () => {
    const budgets = new MessageBudgets(0);
    for (let i = 0; i < 2 * MAX_UNACKNOWLEDGED_TEXTS; i++) expect(budgets.takeMessage(MAX_MESSAGE_BYTES, 0)).toBe(true);
    expect(budgets.takeMessage(MAX_MESSAGE_BYTES, 0)).toBe(false);
  });

  it('are dropped beyond that, and taken again once the client has slowed down', () => {
    const budgets = new MessageBudgets(0);
    for (let i = 0; i < MESSAGES.atOnce; i++) budgets.takeMessage(1, 0);
    expect(budgets.takeMessage(1, 0)).toBe(false);
    expect(budgets.takeMessage(1, 1_000)).toBe(true);
  });

  it('that are refused are told once a second, with the limit and what to do, and for the last time', () => {
    const budgets = new MessageBudgets(0);
    const told = Array.from({ length: MAX_REFUSED }, (_, i) => budgets.exceeded('message', i));
    expect(told[0]!.sentence).toMatch(/At most 200 messages and 64 KiB of them a second, .*Send slower/);
    expect(told.filter(({ sentence }) => sentence !== undefined)).toHaveLength(2);
    expect(told.at(-1)!.isLast).toBe(true);
    expect(told.at(-1)!.sentence).toMatch(/1000 were too many/);
  });
});
