import { InputMonitor } from '../audio/input-monitor.js';
import type { InputQuality } from '../audio/input-monitor.js';
import { rootMeanSquare } from '../audio/pcm.js';
import { fromUnplayed, Unplayed } from '../audio/unplayed.js';
import type { AgentAudio, CallEnded, CallEvents } from '../call/call-events.js';
import type { CallResumption } from '../call/call-resumption.js';
import { TypedEmitter } from '../call/typed-emitter.js';
import type { Listener } from '../call/typed-emitter.js';
import { VoiceCall } from '../call/voice-call.js';
import type { VoiceCallOptions } from '../call/voice-call.js';
import { VoiceError } from '../call/voice-error.js';
import { INPUT_SAMPLE_RATE_HZ, MAX_INPUT_FRAME_MS, MIN_INPUT_FRAME_MS } from '../protocol/audio-frame.js';
import type { CallStarted } from '../protocol/messages.js';
import { createAudioContext, SoundKeeper, whenRunning } from './audio-device.js';
import { openBrowserSocket } from './browser-socket.js';
import { Capture } from './capture.js';
import { Microphone } from './microphone.js';
import type { MicrophoneOptions } from './microphone.js';
import { Speaker } from './speaker.js';

/** How long an agent's last words may take after it has ended the call. */
const LAST_WORDS_MS = 10_000;
const LEVEL_INTERVAL_MS = 100;

export type BrowserVoiceOptions = Omit<VoiceCallOptions, 'openSocket'> & {
  /** Where the app serves `capture-worklet.js` and `playback-worklet.js` of this package, such as `/voice`. */
  workletBaseUrl: string;
  /** Which microphone and how; false for none: then only `speak` is heard. */
  microphone?: MicrophoneOptions | false;
  /** Length of the audio frames sent, 10 to 200 ms; default 40. */
  frameMs?: number;
  openSocket?: VoiceCallOptions['openSocket'];
};

export interface BrowserVoiceEvents extends CallEvents {
  /** Ten times a second, loudness from 0 to 1 (root mean square) of what is sent and what is played. */
  levelsChanged: { input: number; output: number };
  mutedChanged: { muted: boolean };
  /** The microphone went away; the call goes on in silence until another one is found. */
  microphoneLost: Record<string, never>;
  microphoneRestored: { label: string };
  /** The microphone of a resumed call could not be opened; the call goes on without. `openMicrophone` tries again, in a click. */
  microphoneRefused: { error: VoiceError };
  /** The system, or a switch on the device, gives silence instead of the microphone's sound; or sound again. */
  microphoneSilenced: { silenced: boolean };
  /** What is wrong with the sound of the microphone, judged by its last 3 s. */
  inputQualityChanged: { quality: InputQuality };
  /** The browser has taken the page's sound away, or has given it back. It comes back at the user's next click, tap or key. */
  soundSuspended: { suspended: boolean };
}

type AudioEvents = Omit<BrowserVoiceEvents, keyof CallEvents>;

const AUDIO_EVENTS: Record<keyof AudioEvents, true> = {
  levelsChanged: true,
  mutedChanged: true,
  microphoneLost: true,
  microphoneRestored: true,
  microphoneRefused: true,
  microphoneSilenced: true,
  inputQualityChanged: true,
  soundSuspended: true,
};

/** A call in a browser: a `VoiceCall` with a microphone and a loudspeaker. One object is one call. */
export class BrowserVoice {
  /** The call itself, for text, tool results, state and statistics. */
  readonly call: VoiceCall;
  readonly #options: BrowserVoiceOptions;
  readonly #emitter = new TypedEmitter<AudioEvents>();
  #context: AudioContext | undefined;
  #capture: Capture | undefined;
  #microphone: Microphone | undefined;
  #speaker: Speaker | undefined;
  #sound: SoundKeeper | undefined;
  readonly #monitor = new InputMonitor(INPUT_SAMPLE_RATE_HZ);
  #meter: ReturnType<typeof setInterval> | undefined;
  #inputLevel = 0;
  #opening = false;
  #muted = false;
  #speaking = 0;
  readonly #unplayed = new Unplayed();

  constructor(options: BrowserVoiceOptions) {
    const { frameMs = 40 } = options;
    if (!(frameMs >= MIN_INPUT_FRAME_MS && frameMs <= MAX_INPUT_FRAME_MS)) {
      throw new RangeError(`frameMs is ${frameMs}; it must be ${MIN_INPUT_FRAME_MS} to ${MAX_INPUT_FRAME_MS}.`);
    }
    this.#options = { ...options, frameMs };
    this.call = new VoiceCall({ ...options, openSocket: options.openSocket ?? openBrowserSocket });
    const unplayed = [...(options.resume?.unplayed ?? [])];
    this.call.on('started', () => unplayed.splice(0).forEach((piece) => this.#play(fromUnplayed(piece))));
    this.call.on('audioReceived', (audio) => this.#play(audio));
    this.call.on('interrupted', ({ turn }) => {
      this.#unplayed.drop(turn);
      this.#speaker?.flush(turn);
    });
    this.call.on('ended', (ended) => void this.#release(ended.reason === 'agent_ended'));
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Listens to an event of the call or of its audio; returns the function that removes the listener. */
  on<Name extends keyof BrowserVoiceEvents>(name: Name, listener: Listener<BrowserVoiceEvents[Name]>): () => void {
    if (Object.hasOwn(AUDIO_EVENTS, name)) return this.#emitter.on(name as keyof AudioEvents, listener as never);
    return this.call.on(name as keyof CallEvents, listener as never);
  }

  /**
   * What a page that comes after this one needs to go on with the call, or undefined: see `VoiceCall.resumption`. `withAudio` adds what
   * the agent has said and nobody has heard yet, up to 1.3 MB. `CallShelf` keeps it for a reload.
   */
  resumption({ withAudio = false } = {}): CallResumption | undefined {
    const resumption = this.call.resumption;
    return resumption && withAudio ? { ...resumption, unplayed: this.#unplayed.snapshot() } : resumption;
  }

  /**
   * Opens the audio, then the call. Call it in a click: browsers keep sound off otherwise. A call that is resumed needs none: it goes on at
   * once, with what sound the browser gives, and the events say what a click has to ask for.
   * @throws VoiceError: `permission_denied`, `not_found` or `unavailable` with field "microphone"; `failed_precondition` for
   * a page or browser that allows no audio; else what `VoiceCall.start` throws. The message says what the user can do.
   */
  async start(): Promise<CallStarted> {
    if (this.#context !== undefined || this.call.state !== 'idle') throw usedUp();
    try {
      const context = (this.#context = createAudioContext());
      await this.#openGraph(context);
      const resumed = this.#options.resume !== undefined;
      if (!resumed) {
        await this.#openMicrophone();
        await whenRunning(context);
      }
      this.#setAudible();
      this.#sound = new SoundKeeper(context, (suspended) => this.#emitter.emit('soundSuspended', { suspended }));
      this.#meter = setInterval(() => this.#measure(), LEVEL_INTERVAL_MS);
      const started = await this.call.start();
      // A call that waits for its client can't wait for an answer to the browser's question.
      if (resumed) void this.openMicrophone();
      return started;
    } catch (error) {
      await this.call.end();
      throw error;
    }
  }

  /** Sends silence instead of the microphone. */
  mute(): void {
    this.#setMuted(true);
  }

  unmute(): void {
    this.#setMuted(false);
  }

  /**
   * Says a recording (mono) as if it had been spoken into the microphone, which is silent meanwhile: the same resampler, the
   * same frames, in real time. Resolves when all of it has been fed in. Several are said one after the other.
   */
  async speak(samples: Int16Array, sampleRateHz: number): Promise<void> {
    if (this.#capture === undefined) throw noCall();
    this.#speaking++;
    this.#setAudible();
    try {
      await this.#capture.speak(samples, sampleRateHz);
    } finally {
      this.#speaking--;
      this.#setAudible();
    }
  }

  /** Opens the microphone of a resumed call, if it has none yet: `microphoneRefused` says that it could not be. Call it in a click. */
  async openMicrophone(): Promise<void> {
    if (this.#microphone !== undefined || this.#opening) return;
    this.#opening = true;
    try {
      await this.#openMicrophone();
      this.#setAudible();
    } catch (error) {
      if (this.call.state !== 'ended') this.#emitter.emit('microphoneRefused', { error: error as VoiceError });
    } finally {
      this.#opening = false;
    }
  }

  /** Asks the browser for the page's sound again after `soundSuspended`. Call it in a click. */
  resumeSound(): void {
    this.#sound?.resume();
  }

  /** Hangs up and lets go of the microphone. */
  end(): Promise<CallEnded> {
    return this.call.end();
  }

  async #openGraph(context: AudioContext): Promise<void> {
    const { workletBaseUrl, frameMs = 40 } = this.#options;
    this.#capture = await Capture.create(context, workletBaseUrl, frameMs, (frame) => {
      if (this.#microphone?.delivers !== true) this.#captured(frame);
    });
    this.#speaker = await Speaker.create(context, workletBaseUrl, ({ turn, playedMs }) => {
      this.#unplayed.played(turn, playedMs);
      this.call.reportPlayback(turn, playedMs);
    });
    await this.#checkGoesOn();
  }

  async #openMicrophone(): Promise<void> {
    const { frameMs = 40, microphone } = this.#options;
    if (microphone !== false) {
      const target = { context: this.#context!, node: this.#capture!.input, frameMs };
      this.#microphone = await Microphone.open(target, microphone ?? {}, {
        captured: (frame) => this.#captured(frame),
        lost: () => this.#emitter.emit('microphoneLost', {}),
        restored: (label) => this.#emitter.emit('microphoneRestored', { label }),
        silenced: (silenced) => this.#emitter.emit('microphoneSilenced', { silenced }),
      });
    }
    await this.#checkGoesOn();
  }

  /** Ended while something was opened, such as while the user was asked for the microphone: what was opened since has to go too. */
  async #checkGoesOn(): Promise<void> {
    if (this.call.state !== 'ended') return;
    await this.#release(false);
    throw new VoiceError({ kind: 'cancelled', message: 'The call was ended before it started.', retryable: false });
  }

  #play(audio: AgentAudio): void {
    this.#unplayed.add(audio);
    this.#speaker?.play(audio);
  }

  #captured(frame: Int16Array): void {
    this.#inputLevel = Math.max(this.#inputLevel, rootMeanSquare(frame));
    this.#judge(frame);
    if (this.call.state === 'active' || this.call.state === 'reconnecting') this.call.sendAudio(frame);
  }

  #judge(frame: Int16Array): void {
    if (this.#microphone === undefined || !this.#microphoneAudible) return;
    const quality = this.#monitor.push(frame);
    if (quality !== undefined) this.#emitter.emit('inputQualityChanged', { quality });
  }

  #measure(): void {
    this.#emitter.emit('levelsChanged', { input: this.#inputLevel, output: this.#speaker?.level() ?? 0 });
    this.#inputLevel = 0;
  }

  #setMuted(muted: boolean): void {
    if (this.#muted === muted) return;
    this.#muted = muted;
    this.#setAudible();
    this.#emitter.emit('mutedChanged', { muted });
  }

  #setAudible(): void {
    this.#microphone?.setAudible(this.#microphoneAudible);
    this.#monitor.reset();
  }

  get #microphoneAudible(): boolean {
    return !this.#muted && this.#speaking === 0;
  }

  async #release(lastWords: boolean): Promise<void> {
    const { call } = this;
    clearInterval(this.#meter);
    this.#sound?.close();
    this.#microphone?.close();
    this.#capture?.close();
    if (lastWords && call.started !== undefined) await this.#speaker?.drained(LAST_WORDS_MS);
    this.#speaker?.close();
    if (this.#context !== undefined && this.#context.state !== 'closed') await this.#context.close();
  }
}

function usedUp(): VoiceError {
  const message = 'This call was started before. Make a new BrowserVoice for a new call.';
  return new VoiceError({ kind: 'failed_precondition', message, retryable: false });
}

function noCall(): VoiceError {
  return new VoiceError({ kind: 'failed_precondition', message: 'There is no call to speak in.', retryable: false });
}
