import { autoplayError, insecureContextError, workletError } from './audio-errors.js';

/** How long a browser may take to let sound on; without a user's gesture it never does. */
const RESUME_TIMEOUT_MS = 2_000;

/**
 * The page's audio at the device's own rate. Call it in the click that starts the call, before anything is awaited:
 * browsers let sound on only then.
 * @throws VoiceError `failed_precondition` on a page that is neither https nor localhost.
 */
export function createAudioContext(): AudioContext {
  if (!globalThis.isSecureContext) throw insecureContextError();
  const context = new AudioContext({ latencyHint: 'interactive' });
  void context.resume().catch(() => {});
  return context;
}

/** @throws VoiceError `failed_precondition` when the browser keeps sound off. */
export async function whenRunning(context: AudioContext): Promise<void> {
  if (context.state === 'running') return;
  await new Promise<void>((resolve, reject) => {
    const done = () => {
      clearTimeout(timer);
      context.removeEventListener('statechange', changed);
    };
    const changed = () => {
      if (context.state !== 'running') return;
      done();
      resolve();
    };
    const timer = setTimeout(() => {
      done();
      reject(autoplayError());
    }, RESUME_TIMEOUT_MS);
    context.addEventListener('statechange', changed);
  });
}

const GESTURES = ['pointerdown', 'keydown', 'touchend'] as const;

/**
 * Keeps the page's sound on. A phone call, another page or the system can take it away, and some browsers (iPhones) let it on
 * again only in a user's gesture: it is asked for at once, at the next gesture, and when the page is looked at again.
 */
export class SoundKeeper {
  readonly #context: AudioContext;
  readonly #changed: (suspended: boolean) => void;
  readonly #stateChanged = () => this.#check();
  readonly #resume = () => void this.#context.resume().catch(() => {});
  #suspended = false;

  constructor(context: AudioContext, changed: (suspended: boolean) => void) {
    this.#context = context;
    this.#changed = changed;
    context.addEventListener('statechange', this.#stateChanged);
    this.#check();
  }

  /** Call it in a click: asks the browser once more. */
  resume(): void {
    if (this.#suspended) this.#resume();
  }

  close(): void {
    this.#context.removeEventListener('statechange', this.#stateChanged);
    this.#listen(false);
  }

  #check(): void {
    const { state } = this.#context;
    if (state === 'closed') return this.close();
    const suspended = state !== 'running';
    if (suspended === this.#suspended) return;
    this.#suspended = suspended;
    this.#listen(suspended);
    if (suspended) this.#resume();
    this.#changed(suspended);
  }

  #listen(on: boolean): void {
    const how = on ? ('addEventListener' as const) : ('removeEventListener' as const);
    // In the capture phase, because a page may stop the event from getting further.
    for (const gesture of GESTURES) globalThis[how](gesture, this.#resume, { capture: true });
    document[how]('visibilitychange', this.#resume);
  }
}

/** Loads one of the two worklet files of this package, from where the app serves them. */
export async function loadWorklet(context: AudioContext, workletBaseUrl: string, file: string): Promise<void> {
  const url = `${workletBaseUrl.replace(/\/$/, '')}/${file}`;
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    throw workletError(url, error);
  }
}
