/** Each pod dies once, without a warning, while people talk. Nobody does anything about it. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { startClusterRig } from '../cluster/cluster-rig.js';
import { CALLS_HEAD, callsRow, duringCalls, isWhole, summary, type DuringCalls } from '../cluster/during-calls.js';
import { printExamples } from '../load/conversations.js';
import type { Release } from '../cluster/release.js';
import { until } from '../cluster/until.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

/** Every part of the platform that has pods of its own. */
const COMPONENTS = [
  'voice-gateway',
  'api',
  'accounts',
  'agents',
  'tools',
  'transcripts',
  'web',
  'simulator',
  'pgbouncer',
  'redis',
  'nats',
  'postgres',
];
/** A pod of a StatefulSet that is deleted by force may still run beside the next one, on the same data: it is waited for. */
const DATASTORES = new Set(['redis', 'nats', 'postgres']);
const AT_ONCE = ['--grace-period=1'];
const BY_FORCE = ['--force', '--grace-period=0'];
const RECOVERY_TIMEOUT_MS = 180_000;
const EXCHANGES_AFTER = 2;

export const outage = clusterProof({
  name: 'outage',
  title:
    'Each pod of each service, PgBouncer and Redis killed in turn during calls: no call and no word lost, no manual step to recover',
  maxMinutes: 45,
  measure,
});

async function measure(release: Release, { print, setting, short }: ProofOptions): Promise<ProofResult> {
  const count = setting('calls', 10, 4);
  const rows: (string | number)[][] = [];
  const details: Record<string, unknown> = {};
  const outcomes: DuringCalls[] = [];
  for (const component of COMPONENTS) {
    const rig = await startClusterRig(release);
    const all = await release.pods(component);
    const pods = short ? all.slice(0, 1) : all;
    const slowest = { ms: 0 };
    const outcome = await duringCalls(rig, count, async (talked) => {
      for (const { metadata } of pods) {
        await release.kubectl(['delete', 'pod', metadata.name, ...(DATASTORES.has(component) ? AT_ONCE : BY_FORCE)]);
        slowest.ms = Math.max(slowest.ms, await untilWhole(release, component, all.length));
        await talked(EXCHANGES_AFTER);
      }
    });
    rows.push([component, pods.length, round(slowest.ms / 1000, 0), ...callsRow(outcome)]);
    details[component] = { pods: pods.length, slowestSeconds: round(slowest.ms / 1000, 0), ...summary(outcome) };
    outcomes.push(outcome);
    print(`${component}: ${pods.length} killed, ${outcome.lost} calls lost`);
    printExamples(outcome, print);
  }
  print(table([['killed', 'pods', 'ready again after s', ...CALLS_HEAD], ...rows]));
  const killed = rows.reduce((sum, [, pods]) => sum + Number(pods), 0);
  return {
    value: outcomes.reduce((sum, { lost }) => sum + lost, 0),
    unit: 'calls lost',
    limit: '0, 0 words lost or doubled, every caller answered after each kill, no manual step',
    pass: outcomes.every(isWhole) && rows.every(([, pods]) => Number(pods) > 0),
    details: { killed, components: details },
  };
}

/** Until the component has as many ready pods as before. */
async function untilWhole(release: Release, component: string, pods: number): Promise<number> {
  return await until(`${component} is ready again`, RECOVERY_TIMEOUT_MS, async () => {
    const there = await release.pods(component);
    const ready = there.filter(({ status }) =>
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return ready.length >= pods;
  });
}
