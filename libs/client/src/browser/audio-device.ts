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

/** Loads one of the two worklet files of this package, from where the app serves them. */
export async function loadWorklet(context: AudioContext, workletBaseUrl: string, file: string): Promise<void> {
  const url = `${workletBaseUrl.replace(/\/$/, '')}/${file}`;
  try {
    await context.audioWorklet.addModule(url);
  } catch (error) {
    throw workletError(url, error);
  }
}
