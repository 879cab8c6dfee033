import type { CallEvents } from './call-events.js';
import { VoiceError } from './voice-error.js';

interface EventSource<Events extends object> {
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
}

/**
 * The next event of this name, for scripts and tests.
 * @throws VoiceError `deadline_exceeded` after `timeoutMs` (default 10,000).
 */
export function waitFor<Name extends keyof CallEvents>(
  source: EventSource<CallEvents>,
  name: Name,
  where: (event: CallEvents[Name]) => boolean = () => true,
  timeoutMs = 10_000,
): Promise<CallEvents[Name]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      remove();
      const message = `No event "${name}" came within ${timeoutMs} ms.`;
      reject(new VoiceError({ kind: 'deadline_exceeded', message, retryable: true }));
    }, timeoutMs);
    const remove = source.on(name, (event) => {
      if (!where(event)) return;
      clearTimeout(timer);
      remove();
      resolve(event);
    });
  });
}
