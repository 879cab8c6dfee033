import { insecureContextError, microphoneError } from './audio-errors.js';

export interface MicrophoneOptions {
  /** Defaults to the system's microphone. */
  deviceId?: string;
  /** All three default to true. */
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}

export interface MicrophoneEvents {
  /** The device went away; another one is looked for. */
  lost(): void;
  /** Sound comes again, maybe from another device. */
  restored(label: string): void;
}

/** The microphone as a node of the page's audio graph, connected to `target`. When its device goes away it takes the next one. */
export class Microphone {
  readonly #context: AudioContext;
  readonly #options: MicrophoneOptions;
  readonly #events: MicrophoneEvents;
  readonly #gain: GainNode;
  readonly #devicesChanged = () => void this.#replace();
  #stream: MediaStream | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #lost = false;
  #closed = false;

  private constructor(context: AudioContext, target: AudioNode, options: MicrophoneOptions, events: MicrophoneEvents) {
    this.#context = context;
    this.#options = options;
    this.#events = events;
    this.#gain = new GainNode(context);
    this.#gain.connect(target);
  }

  /** @throws VoiceError with a sentence that says what the user can do. */
  static async open(
    context: AudioContext,
    target: AudioNode,
    options: MicrophoneOptions,
    events: MicrophoneEvents,
  ): Promise<Microphone> {
    if (navigator.mediaDevices === undefined) throw insecureContextError();
    const microphone = new Microphone(context, target, options, events);
    await microphone.#connect(options.deviceId);
    navigator.mediaDevices.addEventListener('devicechange', microphone.#devicesChanged);
    return microphone;
  }

  /** Whether sound goes through. Silent means that zeros are sent. */
  setAudible(audible: boolean): void {
    this.#gain.gain.value = audible ? 1 : 0;
  }

  close(): void {
    this.#closed = true;
    navigator.mediaDevices.removeEventListener('devicechange', this.#devicesChanged);
    this.#release();
    this.#gain.disconnect();
  }

  async #connect(deviceId: string | undefined): Promise<void> {
    const { echoCancellation = true, noiseSuppression = true, autoGainControl = true } = this.#options;
    const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
    const wanted = { ...device, channelCount: 1, echoCancellation, noiseSuppression, autoGainControl };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      throw microphoneError(error);
    }
    this.#stream = stream;
    if (this.#closed) return this.#release();
    this.#source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    this.#source.connect(this.#gain);
    for (const track of stream.getAudioTracks()) track.addEventListener('ended', () => this.#gone(stream));
  }

  #gone(stream: MediaStream): void {
    if (this.#closed || stream !== this.#stream) return;
    this.#release();
    this.#lost = true;
    this.#events.lost();
    void this.#replace();
  }

  /** Tries the default device, now and whenever the devices change. */
  async #replace(): Promise<void> {
    if (!this.#lost || this.#closed) return;
    this.#lost = false;
    try {
      await this.#connect(undefined);
    } catch {
      this.#lost = true;
      return;
    }
    if (!this.#closed) this.#events.restored(this.#stream?.getAudioTracks()[0]?.label ?? '');
  }

  #release(): void {
    this.#source?.disconnect();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#source = undefined;
  }
}
