import { ToneDecoder } from '@orbisvoice/tone-code/tone-decoder';
import { WordTranscriber } from '@orbisvoice/tone-code/word-transcriber';
import { ActivityDetector, type ActivitySettings } from './activity-detector.js';

/** What was heard from the beginning of activity to its end. */
export interface HeardTurn {
  /** The transcript; empty when no tone-coded word was in it. */
  text: string;
  /** How long there was sound: the length of speech that could not be understood. */
  soundMs: number;
}

export interface EarListener {
  activityStarted(): void;
  /** The next piece of the transcript, with the space before it. */
  transcribed(text: string): void;
  activityEnded(turn: HeardTurn): void;
}

export interface EarOptions {
  sampleRateHz: number;
  activity: ActivitySettings;
  /** False: the client says when activity starts and ends. */
  automatic: boolean;
  /** The session was resumed, maybe in the middle of an utterance. */
  joinsMidway: boolean;
}

const SLICE_MS = 20;
const MAX_TRANSCRIPT_LENGTH = 20_000;
/** After a word that was not the last one the next comes within so long, or never: then it was lost. */
const LOST_WORD_MS = 1_500;
/** A sound without any word for so long is not waited for any longer: music, or somebody in the background. */
const MAX_WORDLESS_MS = 8_000;

/** Hears a stream of mono samples: activity by loudness, words by tone code. */
export class Ear {
  private readonly detector: ActivityDetector;
  private readonly decoder: ToneDecoder;
  private readonly transcriber: WordTranscriber;
  private transcript = '';
  /** Time of the audio since the last word, or since the activity began. */
  private sinceWordMs = 0;

  constructor(
    readonly options: EarOptions,
    private readonly listener: EarListener,
  ) {
    this.detector = new ActivityDetector(options.activity, options.sampleRateHz);
    this.decoder = new ToneDecoder({ sampleRateHz: options.sampleRateHz });
    this.transcriber = new WordTranscriber({ joinsMidway: options.joinsMidway });
  }

  get active(): boolean {
    return this.detector.active;
  }

  push(samples: Int16Array): void {
    const slice = Math.ceil((SLICE_MS / 1000) * this.options.sampleRateHz);
    for (let n = 0; n < samples.length; n += slice) this.hear(samples.subarray(n, n + slice));
  }

  /** The client says that activity starts (manual mode). */
  startActivity(): void {
    if (this.detector.active) return;
    this.detector.start();
    this.listener.activityStarted();
  }

  /** The client says that activity ends or that the microphone is off: what was heard so far is the turn. */
  endActivity(): void {
    this.takeWords(this.decoder.flush());
    if (this.detector.active) this.finishTurn();
    else this.detector.reset();
  }

  private hear(samples: Int16Array): void {
    if (!this.options.automatic) {
      if (!this.detector.active) return;
      this.detector.push(samples);
      this.detector.start();
      this.takeWords(this.decoder.push(samples));
      return;
    }
    const change = this.detector.push(samples);
    this.sinceWordMs += (1_000 * samples.length) / this.options.sampleRateHz;
    if (change === 'started') {
      this.sinceWordMs = 0;
      this.listener.activityStarted();
    }
    // Words that come out now still belong to the turn that ends.
    if (change === 'ended') this.detector.start();
    this.takeWords(this.decoder.push(samples));
    if (change === 'ended') {
      this.takeWords(this.decoder.flush());
      this.finishTurn();
    } else if (this.detector.active && this.sinceWordMs >= this.patienceMs) {
      // It does not get quiet, and yet nobody speaks any more.
      this.finishTurn();
      this.detector.takeAsNoise();
    }
  }

  /** How long a turn goes on without a word while it is loud. */
  private get patienceMs(): number {
    const { silenceMs } = this.options.activity;
    if (this.transcript === '') return Math.max(MAX_WORDLESS_MS, silenceMs);
    return this.transcriber.complete ? silenceMs : silenceMs + LOST_WORD_MS;
  }

  private takeWords(words: ReturnType<ToneDecoder['push']>): void {
    for (const word of words) {
      this.startActivity();
      this.sinceWordMs = 0;
      this.transcribe(this.transcriber.add(word));
    }
  }

  private finishTurn(): void {
    this.transcribe(this.transcriber.endTurn());
    const turn = { text: this.transcript, soundMs: this.detector.onlyNoise ? 0 : this.detector.soundMs };
    this.transcript = '';
    if (turn.text === '') this.detector.distrust();
    else this.detector.trust();
    this.detector.reset();
    this.listener.activityEnded(turn);
  }

  private transcribe(text: string): void {
    if (text === '' || this.transcript.length + text.length > MAX_TRANSCRIPT_LENGTH) return;
    this.transcript += text;
    this.listener.transcribed(text);
  }
}
