import { setTimeout as sleep } from 'node:timers/promises';

/** Until `condition` holds, asked every second: how long that took, in ms. @throws Error that names what did not come. */
export async function until(what: string, timeoutMs: number, condition: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  while (!(await condition())) {
    if (performance.now() - startedAt > timeoutMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await sleep(1_000);
  }
  return performance.now() - startedAt;
}
