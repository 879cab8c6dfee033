/** The eviction API: what `kubectl drain` uses. A PodDisruptionBudget may have it wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectl } from './run-command.js';

const TIMEOUT_MS = 120_000;

/** @throws Error when the budget does not allow it within two minutes. */
export async function evict({ namespace }: { namespace: string }, name: string): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  for (const deadline = performance.now() + TIMEOUT_MS; ; await sleep(1_000)) {
    try {
      await kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) });
      return;
    } catch (error) {
      const wait = (error as Error).message.includes('disruption budget');
      if (!wait || performance.now() > deadline) throw error;
    }
  }
}
