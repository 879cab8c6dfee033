import { describe, expect, it } from '@jest/globals';
import { RepeatedTranscripts } from './repeated-transcripts.js';

describe('transcripts that come again after a resumption', () => {
  it('takes every transcript of the first connection as new', () => {
    expect(new RepeatedTranscripts().isRepetition()).toBe(false);
  });

  it('takes what comes before the caller has spoken on the new connection for a repetition', () => {
    const transcripts = new RepeatedTranscripts();
    transcripts.reattached(false);
    expect(transcripts.isRepetition()).toBe(true);
    transcripts.voiceSent();
    expect(transcripts.isRepetition()).toBe(false);
  });

  it('takes what comes after an utterance was replayed as new', () => {
    const transcripts = new RepeatedTranscripts();
    transcripts.reattached(true);
    expect(transcripts.isRepetition()).toBe(false);
  });

  it('begins anew with each connection', () => {
    const transcripts = new RepeatedTranscripts();
    transcripts.reattached(false);
    transcripts.voiceSent();
    transcripts.reattached(false);
    expect(transcripts.isRepetition()).toBe(true);
  });
});
