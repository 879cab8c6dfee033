import { describe, expect, it } from '@jest/globals';
import { GOOD_SOUND, soundHint } from './sound-hint.js';

describe('soundHint', () => {
  it('says nothing while all is well, or while a muted microphone is noisy', () => {
    expect(soundHint(GOOD_SOUND)).toBeUndefined();
    expect(soundHint({ ...GOOD_SOUND, quality: 'noisy', microphoneSilenced: true, muted: true })).toBeUndefined();
  });

  it.each([
    [{ quality: 'noisy' as const }, /noise/, 'mute'],
    [{ quality: 'silent' as const }, /Nothing comes from the microphone/, undefined],
    [{ quality: 'clipping' as const }, /too loud/, undefined],
    [{ microphoneSilenced: true }, /muted by the system/, undefined],
    [{ microphoneLost: true, quality: 'silent' as const }, /is gone/, undefined],
    [{ microphoneRefused: 'It is blocked.', quality: 'silent' as const }, /is blocked/, 'microphone'],
    [{ suspended: true, microphoneLost: true, muted: true }, /sound off/, 'resume'],
  ])('says what is wrong and what to do: %j', (state, text, remedy) => {
    const hint = soundHint({ ...GOOD_SOUND, ...state });
    expect(hint?.text).toMatch(text);
    expect(hint?.remedy).toBe(remedy);
  });
});
