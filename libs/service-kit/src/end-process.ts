/**
 * How a process of ours ends: when its work is done, or when its time is over, and never by waiting until nothing is left. Something is
 * left whenever others stop at the same time: a gRPC channel keeps an attempt to connect to a pod that is gone, which the kernel gives
 * up after two minutes (grpc-js does not cut it when the channel is closed).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Seconds after `stop.timeoutMs` in which connections are closed: less than the 5 that the chart and Compose leave for it. */
export const CLOSE_MS = 4_000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface Ending {
  stop(): Promise<void>;
  /** `stop` is given up then. */
  withinMs: number;
  log: Logger;
}

/** The first signal ends the process with status 0, within its time and whatever hangs; a second one at once. */
export function endOnSignal(ending: Ending): void {
  for (const signal of SIGNALS) process.once(signal, () => void endProcess(ending));
}

export async function endProcess({ stop, withinMs, log }: Ending): Promise<never> {
  const late = sleep(withinMs).then(() => 'late' as const);
  const stopped = stop().then(
    () => 'stopped' as const,
    (error: unknown) => {
      log.error({ err: error }, 'stopping failed, ending all the same');
    },
  );
  if ((await Promise.race([stopped, late])) === 'late') {
    log.error(
      { withinMs, left: countOf(process.getActiveResourcesInfo()) },
      'stopping took too long, ending all the same',
    );
  }
  process.exit(0);
}

/** Such as {TCPSocketWrap: 4}. */
function countOf(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
