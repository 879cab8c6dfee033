import { insecureContextError, microphoneError } from './audio-errors.js';
import { canReadTracks, TrackReader } from './track-reader.js';

export interface MicrophoneOptions {
  /** Defaults to the system's microphone. */
  deviceId?: string;
  /** All three default to true. */
  echoCancellation?: boolean;
  noiseSuppression?: boolean;
  autoGainControl?: boolean;
}

export interface MicrophoneEvents {
  /** The next frame, read from the track itself. Never where the browser has only the audio graph: then `target` gets sound. */
  captured(frame: Int16Array): void;
  /** The device went away; another one is looked for. */
  lost(): void;
  /** Sound comes again, maybe from another device. */
  restored(label: string): void;
  /** The system or a switch on the device gives silence instead of sound, or sound again. */
  silenced(silenced: boolean): void;
}

export interface MicrophoneTarget {
  context: AudioContext;
  /** Where sound goes in a browser that has only its audio graph. */
  node: AudioNode;
  frameMs: number;
}

/** A track from which nothing comes for so long, in a page that may have been busy, gives nothing. */
const QUIET_TRACK_MS = 2_000;

/** The microphone: frames read from its track, or sound in the page's audio graph. When its device goes away it takes the next one. */
export class Microphone {
  readonly #target: MicrophoneTarget;
  readonly #options: MicrophoneOptions;
  readonly #events: MicrophoneEvents;
  readonly #gain: GainNode;
  readonly #devicesChanged = () => void this.#replace();
  #stream: MediaStream | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #reader: TrackReader | undefined;
  #audible = true;
  #lost = false;
  #silenced = false;
  #closed = false;
  #readAtMs = -Infinity;

  private constructor(target: MicrophoneTarget, options: MicrophoneOptions, events: MicrophoneEvents) {
    this.#target = target;
    this.#options = options;
    this.#events = events;
    this.#gain = new GainNode(target.context);
    this.#gain.connect(target.node);
  }

  /** @throws VoiceError with a sentence that says what the user can do. */
  static async open(
    target: MicrophoneTarget,
    options: MicrophoneOptions,
    events: MicrophoneEvents,
  ): Promise<Microphone> {
    if (navigator.mediaDevices === undefined) throw insecureContextError();
    const microphone = new Microphone(target, options, events);
    await microphone.#connect(options.deviceId);
    navigator.mediaDevices.addEventListener('devicechange', microphone.#devicesChanged);
    return microphone;
  }

  /** Whether frames come by `captured`, so that those of the audio graph hold nothing of this microphone. */
  get delivers(): boolean {
    if (this.#reader === undefined || !this.#audible || this.#silenced) return false;
    return performance.now() - this.#readAtMs < QUIET_TRACK_MS;
  }

  /** Whether sound goes through. Silent means that zeros are sent. */
  setAudible(audible: boolean): void {
    if (this.#audible === audible) return;
    this.#audible = audible;
    this.#gain.gain.value = audible ? 1 : 0;
    this.#reader?.forget();
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
    this.#listen(stream);
    const [track] = stream.getAudioTracks();
    if (track === undefined) return;
    track.addEventListener('ended', () => this.#gone(stream));
    track.addEventListener('mute', () => this.#setSilenced(stream, true));
    track.addEventListener('unmute', () => this.#setSilenced(stream, false));
    this.#setSilenced(stream, track.muted);
  }

  #listen(stream: MediaStream): void {
    const { context, frameMs } = this.#target;
    const [track] = stream.getAudioTracks();
    if (track !== undefined && canReadTracks()) {
      this.#readAtMs = -Infinity;
      this.#reader = new TrackReader(track, frameMs, (frame) => this.#read(frame));
      return;
    }
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#source.connect(this.#gain);
  }

  #read(frame: Int16Array): void {
    this.#readAtMs = performance.now();
    if (this.delivers && !this.#closed) this.#events.captured(frame);
  }

  #setSilenced(stream: MediaStream, silenced: boolean): void {
    if (this.#closed || stream !== this.#stream || this.#silenced === silenced) return;
    this.#silenced = silenced;
    this.#events.silenced(silenced);
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
    this.#reader?.close();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
    this.#source = undefined;
    this.#reader = undefined;
  }
}
