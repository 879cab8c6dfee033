import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@orbisvoice/service-kit/errors';
import type { Admission } from './admission.js';
import { Newcomer } from './newcomers.js';
import { TokenTurns } from './token-turns.js';
import { UnstartedSockets } from './unstarted-sockets.js';

const NETWORK = '192.0.2.1';

function door() {
  const limits = { maxUnstarted: 2, maxUnstartedPerAddress: 1 };
  const [unstarted, turns] = [new UnstartedSockets(limits), new TokenTurns()];
  const callers = { taken: 0 };
  const reserve = () => {
    callers.taken += 1;
    return () => void (callers.taken -= 1);
  };
  const admission = { reserve } as unknown as Admission;
  /** As a connection does: whoever loses its place has failed. */
  const arrive = (): Newcomer => {
    const newcomer: Newcomer = new Newcomer(NETWORK, 'new', () => newcomer.failed(), unstarted, turns, admission);
    return newcomer;
  };
  return { arrive, callers };
}

describe('a connection whose place went to another one', () => {
  it('has no token looked up any more', async () => {
    const { arrive } = door();
    const early = arrive();
    arrive();
    expect(await early.waitForTurn()).toBe(false);
  });

  it('starts no call and takes no place of a caller, however good its token turns out to be', async () => {
    const { arrive, callers } = door();
    const early = arrive();
    expect(await early.waitForTurn()).toBe(true);
    arrive();
    expect(() => early.proved()).toThrow(DomainError);
    expect(callers.taken).toBe(0);
  });
});

describe('a connection that kept its place', () => {
  it('is a caller once its token was good, until it is gone', async () => {
    const { arrive, callers } = door();
    const caller = arrive();
    expect(await caller.waitForTurn()).toBe(true);
    caller.proved();
    arrive();
    expect(callers.taken).toBe(1);
    caller.gone();
    expect(callers.taken).toBe(0);
  });
});
