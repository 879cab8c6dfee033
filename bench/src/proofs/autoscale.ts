/** More calls than the gateways should have bring more gateways; fewer take them away again, and nobody's call with them. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { startClusterRig } from '../cluster/cluster-rig.js';
import { CALLS_HEAD, callsRow, duringCalls, isWhole, summary } from '../cluster/during-calls.js';
import { printExamples } from '../load/conversations.js';
import type { Release } from '../cluster/release.js';
import { kubectl } from '../cluster/run-command.js';
import { until } from '../cluster/until.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const GATEWAY = 'voice-gateway';
const MIN_GATEWAYS = 2;
const MAX_GATEWAYS = 4;
const MAX_SECONDS = 60;
const UP_TIMEOUT_MS = 180_000;
const DOWN_TIMEOUT_MS = 240_000;

export const autoscale = clusterProof({
  name: 'autoscale',
  title:
    'HPA on CPU, the default, and with a target of 40 calls: more gateways within 60 s of crossing it, back down without a lost call',
  maxMinutes: 30,
  measure,
});

async function measure(release: Release, { print, setting, short, args }: ProofOptions): Promise<ProofResult> {
  const target = setting('target', 40, 4);
  const staying = setting('staying', 10, 4);
  const passing = setting('passing', 90, 8);
  const expected = Math.min(MAX_GATEWAYS, Math.ceil((staying + passing) / target));
  const keda = args.includes('--keda');
  const onCpu = keda ? {} : { cpuSeconds: await scaleOnCpu(release, print) };
  await release.upgrade([...testValues(target), ...(keda ? await kedaValues() : [])]);
  await release.untilReady(GATEWAY);
  const autoscaler = `${keda ? 'keda-hpa-' : ''}${release.nameOf(GATEWAY)}`;
  await until('the autoscaler sees calls and two gateways', UP_TIMEOUT_MS, async () => {
    const { ready, callsSeen } = await look(release, autoscaler);
    return callsSeen && ready === MIN_GATEWAYS;
  });
  const rig = await startClusterRig(release);
  const took = { up: 0, down: 0 };
  let passed: Awaited<ReturnType<typeof duringCalls>> | undefined;
  const stayed = await duringCalls(rig, staying, async () => {
    print(`${staying + passing} calls for ${MIN_GATEWAYS} gateways, of which each should have ${target}`);
    // From the first of these calls on, some seconds before there are too many.
    const startedAt = performance.now();
    passed = await duringCalls(rig, passing, async () => {
      const grown = async () => (await look(release, autoscaler)).ready >= expected;
      await until(`${expected} gateways`, UP_TIMEOUT_MS, grown);
      took.up = performance.now() - startedAt;
    });
    print(`${staying} calls go on`);
    took.down = await until(
      'two gateways again',
      DOWN_TIMEOUT_MS,
      async () => (await look(release, autoscaler)).pods === MIN_GATEWAYS,
    );
  });
  const [up, down] = [round(took.up / 1000, 0), round(took.down / 1000, 0)];
  print(
    table([
      ['gateways', 'up after s', 'down after s'],
      [`${MIN_GATEWAYS} -> ${expected}`, up, down],
    ]),
  );
  print(
    table([
      ['', ...CALLS_HEAD],
      ['went', ...callsRow(passed!)],
      ['stayed', ...callsRow(stayed)],
    ]),
  );
  for (const each of [passed!, stayed]) printExamples(each, print);
  return {
    value: up,
    unit: `s from ${MIN_GATEWAYS} to ${expected} gateways`,
    limit: `<= ${MAX_SECONDS}, 0 calls lost, 0 words lost or doubled`,
    pass: isWhole(passed!) && isWhole(stayed) && (short || up <= MAX_SECONDS),
    details: {
      ...onCpu,
      target,
      gateways: expected,
      upSeconds: up,
      downSeconds: down,
      went: summary(passed!),
      stayed: summary(stayed),
    },
  };
}

/**
 * The default, which looks at CPU alone: it must see it, at its own target; and with one that idle gateways are above, it must add a
 * gateway. Seconds until then.
 */
async function scaleOnCpu(release: Release, print: (line: string) => void): Promise<number> {
  await release.upgrade();
  await until('the default autoscaler sees CPU and decides by it', UP_TIMEOUT_MS, async () => {
    const hpa = JSON.parse(await release.kubectl(['get', 'hpa', release.nameOf(GATEWAY), '-o', 'json'])) as Autoscaler;
    const { currentMetrics = [], conditions = [] } = hpa.status;
    const isActive = conditions.some(({ type, status }) => type === 'ScalingActive' && status === 'True');
    return isActive && currentMetrics.every((metric) => metric?.type === 'Resource') && currentMetrics.length === 1;
  });
  const more = MIN_GATEWAYS + 1;
  await release.upgrade(['voiceGateway.autoscaling.cpuAverage=1m', `voiceGateway.autoscaling.maxReplicas=${more}`]);
  const ms = await until('a gateway more, for CPU', UP_TIMEOUT_MS, async () => {
    return (await look(release, release.nameOf(GATEWAY))).ready >= more;
  });
  const seconds = round(ms / 1000, 0);
  print(`on CPU alone, the default: ${more} gateways ${seconds} s after they used too much`);
  return seconds;
}

/** As by default, but for the target, and that it does not wait for ten minutes before it lets a gateway go. */
function testValues(target: number): string[] {
  const autoscaling = 'voiceGateway.autoscaling';
  return [
    `${autoscaling}.minReplicas=${MIN_GATEWAYS}`,
    `${autoscaling}.maxReplicas=${MAX_GATEWAYS}`,
    `${autoscaling}.customMetrics=true`,
    `${autoscaling}.callsPerPod=${target}`,
    `${autoscaling}.scaleDown.stabilizationWindowSeconds=15`,
    `${autoscaling}.scaleDown.policies[0].type=Pods`,
    `${autoscaling}.scaleDown.policies[0].value=1`,
    `${autoscaling}.scaleDown.policies[0].periodSeconds=15`,
  ];
}

/** KEDA runs beside the cluster, not in it, as Prometheus does: it finds it at the node. */
async function kedaValues(): Promise<string[]> {
  const path = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const node = (await kubectl(['get', 'nodes', '-o', path])).trim();
  return [
    'voiceGateway.autoscaling.kind=keda',
    `voiceGateway.autoscaling.keda.prometheusAddress=http://${node}:9090`,
    'voiceGateway.autoscaling.keda.bufferCalls=0',
    'voiceGateway.autoscaling.keda.pollingIntervalSeconds=5',
  ];
}

interface Autoscaler {
  status: { currentMetrics?: ({ type: string } | null)[]; conditions?: { type: string; status: string }[] };
}

/** Gateways that are ready, pods of gateways in all, and whether the calls are among what the autoscaler sees. */
async function look(
  release: Release,
  autoscaler: string,
): Promise<{ ready: number; pods: number; callsSeen: boolean }> {
  const pods = await release.pods(GATEWAY);
  const isReady = ({ metadata, status }: (typeof pods)[number]) =>
    !metadata.deletionTimestamp && status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
  // KEDA makes its own a moment later.
  const hpa = await release.kubectl(['get', 'hpa', autoscaler, '-o', 'json']).catch(() => '{"status":{}}');
  const metrics = (JSON.parse(hpa) as Autoscaler).status.currentMetrics ?? [];
  return {
    ready: pods.filter(isReady).length,
    pods: pods.length,
    callsSeen: metrics.some((metric) => metric?.type === 'Pods' || metric?.type === 'External'),
  };
}
