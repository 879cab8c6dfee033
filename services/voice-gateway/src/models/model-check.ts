/** Tries a model as a call would: opens a session and closes it once it stands. Knows no provider's words, so it finds out by trying. */
import type { ProviderFailure, ProviderListener, RealtimeProvider, SessionSetup } from '../provider/provider.js';

export interface TriedModel {
  /** '': the provider's default. */
  model: string;
  /** '': the provider's default. */
  voice: string;
}

export type ModelVerdict =
  | { outcome: 'accepted' }
  /** `culprit` `platform`: neither is at fault, so the key or the default model is. */
  | { outcome: 'refused'; culprit: 'model' | 'voice' | 'platform'; detail: string }
  /** Nothing is known: no answer, or one that says nothing about the session. */
  | { outcome: 'unreachable'; detail: string };

/** Injection token of the check of the configured provider. */
export const MODEL_CHECK = Symbol('MODEL_CHECK');

export class ModelCheck {
  constructor(private readonly provider: RealtimeProvider) {}

  /** Never rejects, and takes at most `withinMs`. */
  async check({ model, voice }: TriedModel, withinMs: number): Promise<ModelVerdict> {
    const deadline = performance.now() + withinMs;
    const attempt = async (tried: TriedModel) => await this.open(tried, Math.max(1, deadline - performance.now()));
    const failure = await attempt({ model, voice });
    if (failure === undefined) return { outcome: 'accepted' };
    const { detail } = failure;
    if (failure.kind !== 'refused') return { outcome: 'unreachable', detail };
    // What is at fault is what is accepted when it is left out.
    const [withoutVoice, byDefault] = await Promise.all([
      voice === '' ? failure : attempt({ model, voice: '' }),
      model === '' ? failure : attempt({ model: '', voice: '' }),
    ]);
    if (withoutVoice === undefined) return { outcome: 'refused', culprit: 'voice', detail };
    return { outcome: 'refused', culprit: byDefault === undefined ? 'model' : 'platform', detail };
  }

  /** Undefined: the session stood. */
  private async open({ model, voice }: TriedModel, withinMs: number): Promise<ProviderFailure | undefined> {
    const { promise, resolve } = Promise.withResolvers<ProviderFailure | undefined>();
    const setup: SessionSetup = { ...EMPTY_SETUP, model: model || this.provider.defaultModel, voice };
    const session = this.provider.open(setup, { ...DEAF, ready: () => resolve(undefined), closed: resolve });
    const seconds = (withinMs / 1000).toFixed(1);
    const timer = setTimeout(() => resolve({ kind: 'timeout', detail: `no answer within ${seconds} s` }), withinMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      session.close();
    }
  }
}

const EMPTY_SETUP: Omit<SessionSetup, 'model' | 'voice'> = {
  instructions: 'Say nothing.',
  languageCode: '',
  temperature: undefined,
  tools: [],
  turnDetection: { noInterruption: false },
  resumeHandle: '',
};

const DEAF: Omit<ProviderListener, 'ready' | 'closed'> = {
  audio: () => undefined,
  inputTranscript: () => undefined,
  outputTranscript: () => undefined,
  interrupted: () => undefined,
  generationComplete: () => undefined,
  turnComplete: () => undefined,
  toolCalls: () => undefined,
  toolCallsCancelled: () => undefined,
  usage: () => undefined,
  resumable: () => undefined,
  goAway: () => undefined,
};
