/**
 * A provider that takes a session up again may transcribe once more what it had transcribed before. What the caller says on a new
 * connection can be transcribed only after it has been sent there, so until then every transcript is such a repetition.
 */
export class RepeatedTranscripts {
  private unheard = false;

  /** Another connection carries the call. `voiceReplayed`: what was said last is about to be sent to it again. */
  reattached(voiceReplayed: boolean): void {
    this.unheard = !voiceReplayed;
  }

  /** The caller's voice went out over the present connection. */
  voiceSent(): void {
    this.unheard = false;
  }

  /** Whether a transcript that comes now is of something that was transcribed before. */
  isRepetition(): boolean {
    return this.unheard;
  }
}
