import { describe, expect, it } from '@jest/globals';
import { newTurn } from './call-state.js';
import { timingsOf, UplinkLedger } from './latency-ledger.js';

const FRAME_MS = 40;

/** Frames from second `from` to second `to`, each `lateMs` later than the path takes at best. */
function frames(ledger: UplinkLedger, [from, to]: [number, number], lateMs: number): void {
  for (let capturedMs = from * 1000; capturedMs < to * 1000; capturedMs += FRAME_MS) {
    const at = 1_000_000 + capturedMs + lateMs;
    ledger.begin(at);
    ledger.arrived(at, capturedMs, true);
    if (capturedMs % 1000 === 0) ledger.tick(at);
  }
}

describe('UplinkLedger', () => {
  it('counts how much later than the fastest frame the last sound came', () => {
    const ledger = new UplinkLedger(() => undefined);
    frames(ledger, [0, 3], 0);
    expect(ledger.speechEnd.uplinkMs).toBe(0);
    frames(ledger, [3, 4], 250);
    expect(ledger.speechEnd.uplinkMs).toBe(250);
  });

  it('forgets what was fastest a while ago, so that a pause of the client is no delay for ever', () => {
    const ledger = new UplinkLedger(() => undefined);
    frames(ledger, [0, 5], 0);
    frames(ledger, [5, 40], 3_000);
    expect(ledger.speechEnd.uplinkMs).toBe(0);
  });

  it('measures one frame a second on its way through', () => {
    const sampled: number[] = [];
    const ledger = new UplinkLedger((interarrivalMs) => sampled.push(interarrivalMs));
    for (let at = 1_000; at < 4_000; at += FRAME_MS) {
      if (at % 1_000 === 0) ledger.tick(at);
      const begunAt = ledger.begin(at);
      if (begunAt > 0) ledger.departed(begunAt);
    }
    expect(sampled).toHaveLength(3);
    expect(sampled.slice(1)).toEqual([FRAME_MS, FRAME_MS]);
    expect(ledger.speechEnd.gatewayInUs).toBeGreaterThanOrEqual(0);
  });
});

describe('the ledger of a turn', () => {
  it('leaves out what is not known', () => {
    const greeting = { ...newTurn(1, 'agent', 1_000), firstAudioAt: 1_000, gatewayOutUs: 40, generatedMs: 900 };
    expect(timingsOf(greeting)).toEqual({ gatewayOutUs: 40, audioGeneratedMs: 900, audioPlayedMs: 0 });
  });

  it('goes from the end of speech to the first sample played', () => {
    const answer = {
      ...newTurn(2, 'agent', 5_600),
      askedAt: 5_000,
      uplinkMs: 12,
      gatewayInUs: 60,
      providerFirstAudioMs: 600,
      firstAudioAt: 5_600,
      gatewayOutUs: 2_000,
      firstPlayedAt: 5_690,
    };
    expect(timingsOf(answer)).toMatchObject({
      speechEndedAt: '1970-01-01T00:00:05.000Z',
      uplinkMs: 12,
      gatewayInUs: 60,
      providerFirstAudioMs: 600,
      gatewayOutUs: 2_000,
      firstPlayedMs: 88,
    });
  });
});
