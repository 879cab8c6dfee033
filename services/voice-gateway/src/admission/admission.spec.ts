import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError } from '@orbisvoice/service-kit/errors';
import { Admission, NO_PLACE, retryAfterS, type AdmissionLimits } from './admission.js';
import { LocalOrganizationCalls } from './organization-calls.js';

const ORGANIZATION = 'organization-1';
const lag = { p99Ms: 0, quantileMs: (quantile: number) => (quantile === 0.99 ? lag.p99Ms : 0) };

beforeEach(() => {
  lag.p99Ms = 0;
});

function admissionOf(limits: Partial<AdmissionLimits> = {}): Admission {
  const defaults = {
    maxCalls: 3,
    resumeReserve: 1,
    softMaxCalls: 2,
    maxCallsPerOrganization: 0,
    maxEventLoopLagMs: 100,
  };
  return new Admission({ ...defaults, ...limits }, lag, new LocalOrganizationCalls());
}

/** A connection that has become a call. */
function callOn(admission: Admission, organizationId = ORGANIZATION): { disconnect(): void; end(): void } {
  const disconnect = admission.reserve();
  const id = randomUUID();
  admission.callHeld(organizationId, id);
  return { disconnect, end: () => admission.callLetGo(organizationId, id, 'ended') };
}

/** Why a call could not start now. One that could does not. */
async function callRefusal(admission: Admission, organizationId = ORGANIZATION): Promise<DomainError | undefined> {
  const id = randomUUID();
  try {
    await admission.takePlace(organizationId, id);
    admission.giveBackPlace(organizationId, id);
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

describe('an upgrade', () => {
  it('takes its place at once, so that a burst can not overshoot', () => {
    const admission = admissionOf();
    const admitted = Array.from({ length: 500 }, () => admission.refusal() ?? admission.reserve());
    expect(admitted.filter((answer) => typeof answer === 'function')).toHaveLength(3);
    expect(new Set(admitted.slice(3))).toEqual(new Set(['full']));
  });

  it('that never becomes a call gives its place back, once', () => {
    const admission = admissionOf({ maxCalls: 1 });
    const release = admission.reserve();
    expect(admission.refusal()).toBe('full');
    release();
    release();
    expect(admission.refusal()).toBeUndefined();
    admission.reserve();
    expect(admission.refusal()).toBe('full');
  });

  it('may be that of a client which comes back to its call, also when there are as many calls as may be', async () => {
    const admission = admissionOf({ maxCalls: 1 });
    const call = callOn(admission);
    call.disconnect();
    expect(admission.refusal()).toBeUndefined();
    expect(await callRefusal(admission)).toMatchObject({ kind: 'unavailable', retryable: true });
  });

  it('is refused while the event loop lags', () => {
    const admission = admissionOf();
    callOn(admission);
    lag.p99Ms = 101;
    expect(admission.refusal()).toBe('overloaded');
    lag.p99Ms = 100;
    expect(admission.refusal()).toBeUndefined();
  });

  it('of a client that comes back to its call may happen in spite of the lag, but no new call may', async () => {
    const admission = admissionOf();
    callOn(admission);
    lag.p99Ms = 500;
    expect(admission.refusal(true)).toBeUndefined();
    expect((await callRefusal(admission))?.kind).toBe('unavailable');
  });

  it('of a client that comes back may happen where there is no place, for its call may be held here, but not while it drains', () => {
    const admission = admissionOf({ maxCalls: 1 });
    callOn(admission);
    expect([admission.refusal(false), admission.refusal(true)]).toEqual(['full', undefined]);
    admission.drain();
    expect(admission.refusal(true)).toBe('draining');
  });

  it('may happen in spite of the lag when there is no call that could suffer', async () => {
    lag.p99Ms = 500;
    const admission = admissionOf();
    expect(admission.refusal()).toBeUndefined();
    expect(await callRefusal(admission)).toBeUndefined();
  });

  it('is refused by a gateway that drains, whatever else', async () => {
    const admission = admissionOf();
    admission.drain();
    expect(admission.refusal()).toBe('draining');
    expect((await callRefusal(admission))?.kind).toBe('unavailable');
  });

  it('that is refused may come again after 2 to 5 whole seconds', () => {
    expect([0, 0.3, 0.6, 0.999].map((random) => retryAfterS(random))).toEqual([2, 3, 4, 5]);
  });
});

describe('a call', () => {
  it('is refused when its organization has as many as it may, and others are not', async () => {
    const admission = admissionOf({ maxCallsPerOrganization: 1 });
    const call = callOn(admission);
    expect(await callRefusal(admission)).toMatchObject({
      kind: 'resource_exhausted',
      message: 'The organization has 1 calls, and may not have more at once.',
      retryable: true,
      retryAfterMs: 2_000,
    });
    expect(await callRefusal(admission, 'organization-2')).toBeUndefined();
    call.end();
    expect(await callRefusal(admission)).toBeUndefined();
  });

  it('is not counted by organization where there is no limit', async () => {
    const admission = admissionOf({ maxCalls: 10 });
    for (let i = 0; i < 9; i++) callOn(admission);
    expect(await callRefusal(admission)).toBeUndefined();
  });
});

describe('a call that comes from another gateway', () => {
  it('has places that new calls do not get', async () => {
    const admission = admissionOf({ maxCalls: 1, resumeReserve: 1 });
    callOn(admission);
    expect((await callRefusal(admission))?.kind).toBe('unavailable');
    admission.takeResumePlace('ticket');
    expect(() => admission.takeResumePlace('another ticket')).toThrow(NO_PLACE);
    admission.giveBackResumePlace('ticket');
    admission.takeResumePlace('another ticket');
  });
});

describe('calls that start together', () => {
  it('can not be more than there are places, however long their starts take', async () => {
    const admission = admissionOf({ maxCalls: 3 });
    const starts = Array.from({ length: 50 }, (_, i) => admission.takePlace(ORGANIZATION, `call ${i}`));
    const settled = await Promise.allSettled(starts);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    admission.giveBackPlace(ORGANIZATION, 'call 0');
    await admission.takePlace(ORGANIZATION, 'another call');
  });
});

describe('the load', () => {
  it('is the larger share of calls and lag', () => {
    const admission = admissionOf({ maxCalls: 4 });
    callOn(admission);
    expect(admission.loadRatio).toBe(0.25);
    lag.p99Ms = 50;
    expect(admission.loadRatio).toBe(0.5);
  });
});
