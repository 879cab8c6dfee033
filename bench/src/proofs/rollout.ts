/** Everything that takes gateways away from under their calls, on a cluster. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { startClusterRig } from '../cluster/cluster-rig.js';
import { CALLS_HEAD, callsRow, duringCalls, isWhole, summary } from '../cluster/during-calls.js';
import { printExamples } from '../load/conversations.js';
import { evict } from '../cluster/evict.js';
import { killDuringCalls } from '../cluster/kill-during-calls.js';
import { PodWatch } from '../cluster/pod-watch.js';
import type { Release } from '../cluster/release.js';
import { until } from '../cluster/until.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const GATEWAY = 'voice-gateway';
const MAX_GONE_MS = 60_000;
const STEP_TIMEOUT_MS = 180_000;
const THREE_GATEWAYS = ['voiceGateway.autoscaling.enabled=false', 'voiceGateway.replicas=3'];

export const rollout = clusterProof({
  name: 'rollout',
  title:
    'rollout restart, helm upgrade, scale 3 -> 1 and evictions of gateways with 50 calls: 0 calls lost, 0 words lost or doubled, ' +
    'pods gone within 60 s; forced deletion: no call and no stored turn lost',
  maxMinutes: 40,
  measure,
});

async function measure(release: Release, { print, setting, short }: ProofOptions): Promise<ProofResult> {
  const count = setting('calls', 50, 12);
  await release.upgrade(THREE_GATEWAYS);
  await release.untilReady(GATEWAY);
  const rig = await startClusterRig(release);
  const watch = new PodWatch(release, GATEWAY);
  const steps: (string | number)[][] = [];
  try {
    const outcome = await duringCalls(rig, count, async () => {
      for (const [name, work] of stepsOf(release, short)) {
        print(name);
        const [startedAt, gone] = [performance.now(), watch.goneAfterMs.size];
        await work();
        await release.untilReady(GATEWAY);
        await until(`${name}: pods gone`, STEP_TIMEOUT_MS, async () => watch.leaving.length === 0);
        const times = [...watch.goneAfterMs.values()].slice(gone);
        steps.push([name, times.length, seconds(Math.max(...times)), seconds(performance.now() - startedAt)]);
      }
    });
    const killed = await killDuringCalls(rig, count, async () => {
      const [pod] = await release.pods(GATEWAY);
      await release.kubectl(['delete', 'pod', pod!.metadata.name, '--force', '--grace-period=0']);
      await release.untilReady(GATEWAY);
    });
    print(table([['step', 'pods that left', 'slowest gone after s', 'step took s'], ...steps]));
    print(
      table([
        ['', ...CALLS_HEAD],
        ['those steps', ...callsRow(outcome)],
        ['forced deletion', ...callsRow(killed)],
      ]),
    );
    for (const each of [outcome, killed]) printExamples(each, print);
    const slowestMs = Math.max(...watch.goneAfterMs.values());
    return {
      value: outcome.lost + killed.lost,
      unit: 'calls lost',
      limit: `0, 0 words lost or doubled, pods gone within ${MAX_GONE_MS / 1000} s`,
      pass: isWhole(outcome) && isWhole(killed) && (short || slowestMs <= MAX_GONE_MS),
      details: {
        rollout: summary(outcome),
        forcedDeletion: summary(killed),
        slowestGoneSeconds: seconds(slowestMs),
        steps,
      },
    };
  } finally {
    watch.stop();
  }
}

function stepsOf(release: Release, short: boolean): [string, () => Promise<unknown>][] {
  const deployment = `deployment/${release.nameOf(GATEWAY)}`;
  const scale = async (replicas: number) => await release.kubectl(['scale', deployment, `--replicas=${replicas}`]);
  const evictAll = async () => {
    const pods = await release.pods(GATEWAY);
    for (const pod of short ? pods.slice(0, 1) : pods) {
      await evict(release, pod.metadata.name);
      await release.untilReady(GATEWAY);
    }
  };
  const upgrade: [string, () => Promise<unknown>] = [
    'helm upgrade',
    () => release.upgrade([...THREE_GATEWAYS, 'voiceGateway.logLevel=debug']),
  ];
  return [
    ['rollout restart', () => release.kubectl(['rollout', 'restart', deployment])],
    // In the short form, that is what helm-upgrade does.
    ...(short ? [] : [upgrade]),
    ['scale 3 -> 1', () => scale(1)],
    ['scale 1 -> 3', () => scale(3)],
    ['evictions', evictAll],
  ];
}

const seconds = (ms: number) => (Number.isFinite(ms) ? round(ms / 1000, 1) : '');
