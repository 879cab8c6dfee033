/** `helm upgrade` to other images and values, from the chart that was released last, and `helm rollback`, while people talk. */
import { rm } from 'node:fs/promises';
import { clusterProof } from '../cluster/cluster-proof.js';
import { startClusterRig } from '../cluster/cluster-rig.js';
import { CALLS_HEAD, callsRow, duringCalls, isWhole, summary } from '../cluster/during-calls.js';
import { printExamples } from '../load/conversations.js';
import { chartIn, lastReleasedChart, type ReleasedChart } from '../cluster/last-release.js';
import type { Release } from '../cluster/release.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

/** Something that every service notices. */
const CHANGED = ['defaults.logLevel=debug'];

export const helmUpgrade = clusterProof({
  name: 'helm-upgrade',
  title:
    "helm upgrade from the last git tag's chart (before the first: this one) to other images and values, then helm rollback, " +
    'with calls running: nothing lost',
  maxMinutes: 30,
  measure,
});

async function measure(release: Release, options: ProofOptions): Promise<ProofResult> {
  const released = await lastReleasedChart();
  if (!released) return await measureUpgrade(release, options, undefined);
  try {
    await release.upgrade([], { chart: chartIn(released) });
    await release.untilReady();
    return await measureUpgrade(release, options, released);
  } finally {
    await rm(released.folder, { recursive: true });
  }
}

async function measureUpgrade(
  release: Release,
  { print, setting }: ProofOptions,
  released: ReleasedChart | undefined,
): Promise<ProofResult> {
  const count = setting('calls', 20, 8);
  const rig = await startClusterRig(release);
  const before = await release.revision();
  const steps: (string | number)[][] = [];
  const step = async (name: string, tag: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    await release.untilReady();
    steps.push([name, round((performance.now() - startedAt) / 1000, 0), await countPods(release, tag)]);
  };
  const outcome = await duringCalls(rig, count, async () => {
    await step('helm upgrade', release.tags.next, () => release.upgrade(CHANGED, { tag: release.tags.next }));
    await step('helm rollback', release.tags.current, () => release.rollback(before));
  });
  print(table([['step', 'seconds', 'pods with other images'], ...steps]));
  print(table([CALLS_HEAD, callsRow(outcome)]));
  printExamples(outcome, print);
  const others = steps.reduce((sum, [, , pods]) => sum + Number(pods), 0);
  return {
    value: outcome.lost,
    unit: 'calls lost',
    limit: '0, 0 words lost or doubled, every pod with the images of its revision',
    pass: isWhole(outcome) && others === 0,
    details: {
      from: released?.tag ?? 'the same chart',
      ...summary(outcome),
      steps: Object.fromEntries(steps.map(([name, seconds]) => [name, { seconds }])),
    },
  };
}

/** Pods of ours that run and don't have the images of that tag. */
async function countPods(release: Release, tag: string): Promise<number> {
  const pods = await release.pods();
  const ours = pods.filter(({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp);
  const images = ours.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
  return images.filter((image) => image.includes('orbisvoice-') && !image.endsWith(`:${tag}`)).length;
}
