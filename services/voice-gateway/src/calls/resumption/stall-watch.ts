/**
 * Notices a model that has gone dead although its connection lives: in the middle of a turn nothing more comes, or after a resumption
 * what the caller says is transcribed but never answered. A model that was not resumed may choose to be silent.
 * Time runs from the last thing that the model was given to do, or did: a tool may take long, and a model may think.
 */
import type { CallEffect, CallOccurrence, Speech } from '../call-state.js';

/** In the middle of what it says. */
const FROZEN_OUTPUT_MS = 8_000;
/** From what it was given, such as a tool's result, to the first of what it says about it. */
const THINKING_MS = 15_000;
const NO_ANSWER_MS = 8_000;
/** A caller who talks is not waited for any longer: the sound may be noise. */
const MAX_SPEECH_MS = 20_000;

const OUTPUT = new Set<CallOccurrence['type']>(['provider.outputTranscript', 'provider.toolCalls']);
/** The model is alive, but need not be generating anything. */
const SIGNS_OF_LIFE = new Set<CallOccurrence['type']>([
  'provider.interrupted',
  'provider.generationComplete',
  'provider.turnComplete',
  'provider.toolCallsCancelled',
]);
/** What it gets to do, or what it waited for until now. */
const WORK = new Set<CallEffect['type']>(['provider.text', 'provider.toolResults', 'tool.abort']);

export interface StallSituation {
  /** When the audio generated so far will have been played, if more of it is due; undefined: none is. */
  playsUntil: number | undefined;
  awaitingAnswer: boolean;
  speech: Speech;
}

export class StallWatch {
  private lastOutputAt = 0;
  private lastWorkAt = 0;
  private unproven = false;
  private waitingSince = 0;

  /** The session was taken up by a handle: whether it still generates has to show. */
  reattached(fresh: boolean): void {
    this.unproven = !fresh;
    this.waitingSince = 0;
    this.lastOutputAt = Date.now();
  }

  sawOutput(): void {
    this.lastOutputAt = Date.now();
    this.unproven = false;
  }

  /** Something has happened to the call. */
  saw({ type }: CallOccurrence): void {
    if (OUTPUT.has(type)) this.sawOutput();
    else if (SIGNS_OF_LIFE.has(type)) this.lastOutputAt = Date.now();
  }

  /** Something is being done. */
  did({ type }: CallEffect): void {
    if (WORK.has(type)) this.gaveWork();
  }

  gaveWork(): void {
    this.lastWorkAt = Date.now();
  }

  /** Asked once a second. */
  isStalled(now: number, call: StallSituation): boolean {
    this.waitingSince = call.awaitingAnswer ? this.waitingSince || now : 0;
    // Generation runs ahead of playback, so silence is suspicious only after what is there has been played.
    if (call.playsUntil !== undefined) {
      const since = Math.max(this.lastOutputAt, this.lastWorkAt, call.playsUntil);
      const patienceMs = this.lastWorkAt > this.lastOutputAt ? THINKING_MS : FROZEN_OUTPUT_MS;
      return now - afterSpeech(since, call.speech) > patienceMs;
    }
    if (!this.unproven || this.waitingSince === 0) return false;
    return now - afterSpeech(Math.max(this.waitingSince, this.lastWorkAt), call.speech) > NO_ANSWER_MS;
  }
}

/** When the model had heard all that it has to do since then. */
function afterSpeech(since: number, speech: Speech): number {
  return Math.max(since, Math.min(speech.until, since + MAX_SPEECH_MS));
}
