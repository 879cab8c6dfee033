import { describe, expect, it } from '@jest/globals';
import { answerMs, gatewayShareMs, splitHeard } from './turn-model';

describe('heard and unheard text', () => {
  it('splits where the caller interrupted, losing nothing', () => {
    expect(splitHeard('Once upon a time', 'Once upon')).toEqual(['Once upon', ' a time']);
    expect(splitHeard('Once', '')).toEqual(['', 'Once']);
  });

  it('marks nothing as unheard when all was heard or nothing is known yet', () => {
    expect(splitHeard('Hello', 'Hello')).toEqual(['Hello', '']);
    expect(splitHeard('Hello', undefined)).toEqual(['Hello', '']);
  });

  it('shows the whole text even when the heard one differs from its beginning', () => {
    expect(splitHeard('Hello there', 'Help')).toEqual(['Hel', 'lo there']);
  });
});

describe('time to answer', () => {
  const known = {
    providerFirstAudioMs: 300,
    gatewayOutUs: 500,
    firstPlayedMs: 80,
    audioGeneratedMs: 1,
    audioPlayedMs: 1,
  };

  it('adds up the way to the caller’s ear', () => expect(answerMs(known)).toBe(380.5));

  it('begins where the sound left the caller', () => expect(answerMs({ ...known, uplinkMs: 20 })).toBe(400.5));

  it('has a share of the gateway, both ways', () => {
    expect(gatewayShareMs({ ...known, gatewayInUs: 250 })).toBe(0.75);
    expect(gatewayShareMs({ ...known, gatewayOutUs: null })).toBeUndefined();
  });

  it('is unknown when a part is', () => {
    expect(answerMs({ ...known, firstPlayedMs: null })).toBeUndefined();
  });
});
