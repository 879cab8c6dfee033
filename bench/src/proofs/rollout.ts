/** Everything that takes gateways away from under their calls, on a cluster. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { startClusterRig } from '../cluster/cluster-rig.js';
import { CALLS_HEAD, callsRow, duringCalls, isWhole, summary } from '../cluster/during-calls.js';
import { printExamples } from '../load/conversations.js';
import { evict } from '../cluster/evict.js';
import { killDuringCalls } from '../cluster/kill-during-calls.js';
import { badEnds, PodWatch } from '../cluster/pod-watch.js';
import type { Release } from '../cluster/release.js';
import { until } from '../cluster/until.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const GATEWAY = 'voice-gateway';
const MAX_GONE_MS = 60_000;
const STEP_TIMEOUT_MS = 180_000;
const GROWS = 'scale 1 -> 3';
const THREE_GATEWAYS = ['voiceGateway.autoscaling.enabled=false', 'voiceGateway.replicas=3'];

export const rollout = clusterProof({
  name: 'rollout',
  title:
    'rollout restart, helm upgrade, scale 3 -> 1 and evictions of gateways with 50 calls: 0 calls lost, 0 words lost or doubled, ' +
    'pods gone within 60 s; everything restarted at once: every container ends with status 0, within its grace period; ' +
    'forced deletion: no call and no stored turn lost',
  maxMinutes: 40,
  measure,
});

async function measure(release: Release, { print, setting, short }: ProofOptions): Promise<ProofResult> {
  const count = setting('calls', 50, 12);
  await release.upgrade(THREE_GATEWAYS);
  await release.untilReady(GATEWAY);
  const rig = await startClusterRig(release);
  const watch = new PodWatch(release);
  const steps: (string | number)[][] = [];
  const badlyEnded: string[] = [];
  try {
    const outcome = await duringCalls(rig, count, async () => {
      for (const [name, work] of stepsOf(release, short)) {
        print(name);
        const [startedAt, gone] = [performance.now(), watch.ended.length];
        await work();
        await release.untilReady();
        await until(`${name}: pods gone`, STEP_TIMEOUT_MS, async () => watch.leaving.length === 0);
        const pods = watch.ended.slice(gone);
        const slowest = Math.max(...pods.map(({ goneAfterMs }) => goneAfterMs));
        // A watch that saw nothing has shown nothing.
        const bad = pods.length === 0 && name !== GROWS ? ['no pod was seen to leave'] : badEnds(pods);
        steps.push([name, pods.length, seconds(slowest), bad.length, seconds(performance.now() - startedAt)]);
        badlyEnded.push(...bad.map((sentence) => `${name}: ${sentence}`));
      }
    });
    // What is killed on purpose ends as it must.
    watch.stop();
    const killed = await killDuringCalls(rig, count, async () => {
      const [pod] = await release.pods(GATEWAY);
      await release.kubectl(['delete', 'pod', pod!.metadata.name, '--force', '--grace-period=0']);
      await release.untilReady(GATEWAY);
    });
    print(table([['step', 'pods that left', 'slowest gone after s', 'ended badly', 'step took s'], ...steps]));
    print(
      table([
        ['', ...CALLS_HEAD],
        ['those steps', ...callsRow(outcome)],
        ['forced deletion', ...callsRow(killed)],
      ]),
    );
    for (const each of [outcome, killed]) printExamples(each, print);
    for (const sentence of badlyEnded) print(sentence);
    const slowestMs = Math.max(...watch.ended.map(({ goneAfterMs }) => goneAfterMs));
    return {
      value: outcome.lost + killed.lost,
      unit: 'calls lost',
      limit: `0, 0 words lost or doubled, pods gone within ${MAX_GONE_MS / 1000} s, every container ended with 0`,
      pass: isWhole(outcome) && isWhole(killed) && badlyEnded.length === 0 && (short || slowestMs <= MAX_GONE_MS),
      details: {
        rollout: summary(outcome),
        forcedDeletion: summary(killed),
        slowestGoneSeconds: seconds(slowestMs),
        endedBadly: badlyEnded.length,
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
    [GROWS, () => scale(3)],
    ['evictions', evictAll],
    ['everything at once', () => release.kubectl(['rollout', 'restart', 'deployment'])],
  ];
}

const seconds = (ms: number) => (Number.isFinite(ms) ? round(ms / 1000, 1) : '');
