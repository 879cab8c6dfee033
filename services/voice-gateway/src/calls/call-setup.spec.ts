import { beforeEach, describe, expect, it } from '@jest/globals';
import { CallSetup } from './call-setup.js';

describe("a call's set-up", () => {
  let clockMs: number;
  let told: string[];
  let setup: CallSetup;
  beforeEach(() => {
    clockMs = 1_000;
    told = [];
    setup = new CallSetup(
      ({ stage, durationMs, elapsedMs }) => told.push(`${stage} ${durationMs} of ${elapsedMs}`),
      () => clockMs,
    );
  });
  const pass = (afterMs: number, stage: Parameters<CallSetup['passed']>[0]) => {
    clockMs += afterMs;
    setup.passed(stage);
  };

  it('is told by stages that add up', () => {
    pass(3, 'token');
    pass(20, 'agent');
    pass(100, 'provider_connect');
    pass(50, 'provider_ready');
    pass(400, 'first_audio');
    expect(told).toEqual([
      'token 3 of 3',
      'agent 20 of 23',
      'provider_connect 100 of 123',
      'provider_ready 50 of 173',
      'first_audio 400 of 573',
    ]);
  });

  it('is over once: a connection that is made again, or comes late, is not told', () => {
    pass(3, 'token');
    pass(20, 'agent');
    pass(100, 'provider_connect');
    pass(70, 'provider_connect'); // the first try has failed
    pass(50, 'provider_ready');
    pass(1_000, 'provider_connect');
    pass(1_000, 'provider_ready');
    expect(told).toEqual([
      'token 3 of 3',
      'agent 20 of 23',
      'provider_connect 100 of 123',
      'provider_ready 120 of 243',
    ]);
  });

  it('of a provider that tells no connection counts that to its being ready', () => {
    pass(3, 'token');
    pass(20, 'agent');
    pass(150, 'provider_ready');
    expect(told).toEqual(['token 3 of 3', 'agent 20 of 23', 'provider_ready 150 of 173']);
  });
});
