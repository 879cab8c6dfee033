/**
 * Calls of one page, as a store for React. Events of a call can come hundreds of times a second; the page is told at most
 * ten times a second and sound levels never go through React, so that drawing stays off the audio's path.
 */
import { BrowserVoice, type BrowserVoiceEvents } from '@orbisvoice/client/browser/browser-voice';
import { CallShelf, type KeptCall } from '@orbisvoice/client/browser/kept-call';
import { VoiceError } from '@orbisvoice/client/call/voice-error';
import type { Api } from '../lib/api';
import type { ConsoleConfig } from '../lib/config';
import { messageOf } from '../lib/problem';
import { toVoiceError } from './call-errors';
import { next, NO_CALL, type CallHappening, type CallView } from './call-model';
import { KEPT_CALLS } from './kept-calls';
import { GOOD_SOUND, type SoundState } from './sound-hint';

const TELL_INTERVAL_MS = 100;
const UTTERANCE_SAMPLE_RATE_HZ = 16_000;
/** A caller of whom no word came for so long has probably finished: the gateway says so only with the answer. */
const PAUSE_MS = 800;
const WORKLETS = '/voice';

/** What the page after this one shows of the call that it takes up. */
interface CallNote {
  view: CallView;
  withMicrophone: boolean;
  muted: boolean;
  gatewayUrl: string;
}

export type Levels = BrowserVoiceEvents['levelsChanged'];

export interface CallSnapshot {
  view: CallView;
  sound: SoundState;
  withMicrophone: boolean;
  /** Where the call is, or was tried. */
  gatewayUrl?: string;
  /** Coded utterances that are being spoken or wait for their turn. */
  utterances: string[];
}

const INITIAL: CallSnapshot = { view: NO_CALL, sound: GOOD_SOUND, withMicrophone: true, utterances: [] };

export interface CallSessionOptions {
  api: Api;
  config: ConsoleConfig;
  organizationId: string;
  agentId: string;
  /** Whether calls are to reach the agent's draft. */
  draft: boolean;
}

export class CallSession {
  private readonly api: Api;
  private readonly config: ConsoleConfig;
  private readonly agentId: string;
  private readonly draft: boolean;
  readonly #shelf: CallShelf<CallNote>;
  #voice: BrowserVoice | undefined;
  /** A call that is being started, before there is anything to hang up. */
  #attempt: { cancelled: boolean } | undefined;
  #current = INITIAL;
  #told = INITIAL;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #levelListeners = new Set<(levels: Levels) => void>();

  constructor({ api, config, organizationId, agentId, draft }: CallSessionOptions) {
    this.api = api;
    this.config = config;
    this.agentId = agentId;
    this.draft = draft;
    this.#shelf = new CallShelf(`${KEPT_CALLS}${organizationId}.${agentId}${draft ? '.draft' : ''}`);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): CallSnapshot => this.#told;

  /** Ten times a second while a call runs. */
  onLevels(listener: (levels: Levels) => void): () => void {
    this.#levelListeners.add(listener);
    return () => this.#levelListeners.delete(listener);
  }

  /** Begins a call, unless there is one; call it in a click. What goes wrong is in the view. */
  async start(withMicrophone: boolean): Promise<void> {
    if (this.#voice !== undefined || this.#attempt !== undefined) return;
    const attempt = { cancelled: false };
    this.#attempt = attempt;
    this.#change({ ...INITIAL, withMicrophone });
    this.#happen({ type: 'startRequested' });
    await this.#connect(attempt);
  }

  /** Goes on with the call that was on when the page before this one was left, if there is one. */
  async takeUp(): Promise<void> {
    if (this.#voice !== undefined || this.#attempt !== undefined) return;
    const attempt = { cancelled: false };
    this.#attempt = attempt;
    const kept = await this.#shelf.take();
    if (kept === undefined || attempt.cancelled) {
      this.#attempt = undefined;
      return;
    }
    const { view, withMicrophone, muted } = kept.note;
    this.#change({ ...INITIAL, withMicrophone, sound: { ...GOOD_SOUND, muted } });
    this.#happen({ type: 'takenUp', view });
    await this.#connect(attempt, kept);
  }

  async #connect(attempt: { cancelled: boolean }, kept?: KeptCall<CallNote>): Promise<void> {
    try {
      // Without an address of its own the page has to ask for the first token before it knows where to connect.
      const known = kept?.note.gatewayUrl ?? this.config.voiceGatewayUrl;
      const first = known === undefined ? await this.api.createCallToken(this.agentId, this.draft) : undefined;
      if (attempt.cancelled) throw hungUp();
      const voice = this.#open(known ?? first?.url ?? '', first?.token, kept);
      await voice.start();
    } catch (error) {
      this.#shelf.forget();
      this.#voice = undefined;
      // A call that failed for want of a microphone has ended by then, without saying why.
      if (this.#current.view.ended?.error !== undefined) return;
      this.#happen({ type: 'ended', event: { reason: 'client_lost', error: toVoiceError(error) } });
    } finally {
      this.#attempt = undefined;
    }
  }

  hangUp(): void {
    if (this.#attempt !== undefined) this.#attempt.cancelled = true;
    this.#shelf.forget();
    void this.#voice?.end();
  }

  setMuted(muted: boolean): void {
    if (muted) this.#voice?.mute();
    else this.#voice?.unmute();
  }

  /** Call it in a click. */
  resumeSound(): void {
    this.#voice?.resumeSound();
  }

  /** Call it in a click. */
  openMicrophone(): void {
    this.#hear({ microphoneRefused: undefined });
    void this.#voice?.openMicrophone();
  }

  sendText(text: string): void {
    this.#trying(() => {
      this.#voice?.call.sendText(text);
      this.#happen({ type: 'textSent' });
    });
  }

  /** Speaks a coded utterance through the microphone's path, which the simulator understands word for word. */
  async say(text: string): Promise<void> {
    const voice = this.#voice;
    if (voice === undefined) return;
    this.#change({ ...this.#current, utterances: [...this.#current.utterances, text] });
    try {
      const { encodeUtterance } = await import('@orbisvoice/tone-code/encode');
      await voice.speak(encodeUtterance(text, { sampleRateHz: UTTERANCE_SAMPLE_RATE_HZ }), UTTERANCE_SAMPLE_RATE_HZ);
    } catch (error) {
      this.#happen({ type: 'problem', message: messageOf(error) });
    }
    const position = this.#current.utterances.indexOf(text);
    this.#change({ ...this.#current, utterances: this.#current.utterances.filter((_, at) => at !== position) });
  }

  #open(gatewayUrl: string, firstToken: string | undefined, kept?: KeptCall<CallNote>): BrowserVoice {
    let unspent = firstToken;
    const { withMicrophone } = this.#current;
    const url = streamUrl(gatewayUrl);
    this.#change({ ...this.#current, gatewayUrl: url });
    const voice = new BrowserVoice({
      url,
      agentId: this.agentId,
      workletBaseUrl: WORKLETS,
      getToken: async () => {
        const token = unspent ?? (await this.#newToken());
        unspent = undefined;
        return token;
      },
      ...(withMicrophone ? {} : { microphone: false }),
      ...(kept && { resume: kept.resumption }),
    });
    this.#voice = voice;
    this.#listen(voice);
    if (kept?.note.muted === true) voice.mute();
    this.#shelf.keep(voice, () => {
      const { view, withMicrophone: heard, sound } = this.#current;
      return { view, withMicrophone: heard, muted: sound.muted, gatewayUrl };
    });
    return voice;
  }

  async #newToken(): Promise<string> {
    try {
      return (await this.api.createCallToken(this.agentId, this.draft)).token;
    } catch (error) {
      throw toVoiceError(error);
    }
  }

  #listen(voice: BrowserVoice): void {
    const names = ['turnStarted', 'transcriptUpdated', 'transcriptFinished', 'interrupted'] as const;
    const others = ['toolStarted', 'toolFinished', 'turnFinished', 'stateChanged'] as const;
    for (const type of [...names, ...others]) {
      voice.on(type, (event) => this.#happen({ type, event } as CallHappening));
    }
    voice.on('started', (event) => this.#happen({ type: 'started', event, atMs: Date.now() }));
    voice.on('audioReceived', () => {
      if (this.#current.view.activity !== 'speaking') this.#happen({ type: 'audioHeard' });
    });
    voice.on('transcriptUpdated', ({ role }) => {
      clearTimeout(this.#pause);
      if (role === 'user') this.#pause = setTimeout(() => this.#happen({ type: 'callerPaused' }), PAUSE_MS);
    });
    voice.on('error', (error) => this.#happen({ type: 'problem', message: error.message }));
    voice.on('microphoneLost', () => this.#hear({ microphoneLost: true }));
    voice.on('microphoneRestored', () => this.#hear({ microphoneLost: false }));
    voice.on('microphoneRefused', ({ error }) => this.#hear({ microphoneRefused: error.message }));
    voice.on('microphoneSilenced', ({ silenced }) => this.#hear({ microphoneSilenced: silenced }));
    voice.on('inputQualityChanged', ({ quality }) => this.#hear({ quality }));
    voice.on('soundSuspended', ({ suspended }) => this.#hear({ suspended }));
    voice.on('mutedChanged', ({ muted }) => this.#hear({ muted }));
    voice.on('levelsChanged', (levels) => this.#levelListeners.forEach((listener) => listener(levels)));
    voice.on('ended', (event) => {
      clearTimeout(this.#pause);
      this.#voice = undefined;
      this.#happen({ type: 'ended', event });
    });
  }

  #hear(change: Partial<SoundState>): void {
    this.#change({ ...this.#current, sound: { ...this.#current.sound, ...change } });
  }

  #trying(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#happen({ type: 'problem', message: messageOf(error) });
    }
  }

  #happen(happening: CallHappening): void {
    this.#change({ ...this.#current, view: next(this.#current.view, happening) });
  }

  #change(snapshot: CallSnapshot): void {
    const phaseChanged = snapshot.view.phase !== this.#current.view.phase;
    this.#current = snapshot;
    if (phaseChanged) return this.#tell();
    this.#timer ??= setTimeout(() => this.#tell(), TELL_INTERVAL_MS);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = this.#current;
    for (const listener of this.#listeners) listener();
  }
}

function hungUp(): VoiceError {
  return new VoiceError({ kind: 'cancelled', message: 'The call was ended before it started.', retryable: false });
}

/** The gateway's address may be configured with or without the path of its socket. */
export function streamUrl(gatewayUrl: string): string {
  if (!URL.canParse(gatewayUrl)) return gatewayUrl;
  const url = new URL(gatewayUrl);
  if (!url.pathname.endsWith('/stream')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/stream`;
  return url.href;
}
