/** What docs/kubernetes tells operators to type, typed: backup and restore, scaling by hand, upgrade and back, other passwords, uninstall. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { openApi } from '../cluster/cluster-rig.js';
import { DocumentedProcedures } from '../cluster/documented.js';
import { badEnds, PodWatch } from '../cluster/pod-watch.js';
import type { Release } from '../cluster/release.js';
import type { RestClient } from '../cluster/rest-client.js';
import { until } from '../cluster/until.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const GATEWAY = 'voice-gateway';
const GATEWAYS_BY_HAND = 3;
const MIN_GATEWAYS = 2;
const TIMEOUT_MS = 180_000;
const NEW_PASSWORD = 'another-password-of-agents';

/** Does what a page says; returns sentences about what is not as the page says. */
type Procedure = (context: Context) => Promise<string[]>;

interface Context {
  release: Release;
  docs: DocumentedProcedures;
  api: RestClient;
}

const procedures: [name: string, inShort: boolean, Procedure][] = [
  ['backup and restore', true, backupAndRestore],
  ['scaling by hand', false, scaling],
  ['upgrade and roll back', false, upgradeAndRollBack],
  ['other passwords', true, otherPasswords],
  ['uninstall', true, uninstall],
];

export const procedureProof = clusterProof({
  name: 'procedures',
  title:
    'the commands of docs/kubernetes for backup, restore, scaling, upgrade, roll back, passwords and uninstall do what is said there',
  maxMinutes: 30,
  measure,
});

async function measure(release: Release, { print, short }: ProofOptions): Promise<ProofResult> {
  const docs = await DocumentedProcedures.create(release);
  try {
    const context = { release, docs, api: await openApi(release) };
    const rows: (string | number)[][] = [];
    const problems: string[] = [];
    for (const [name, , procedure] of procedures.filter(([, inShort]) => inShort || !short)) {
      print(name);
      const startedAt = performance.now();
      const found = await procedure(context);
      rows.push([name, round((performance.now() - startedAt) / 1000, 0), found.length]);
      problems.push(...found.map((problem) => `${name}: ${problem}`));
    }
    print(table([['procedure', 'seconds', 'not as documented'], ...rows]));
    for (const problem of problems) print(problem);
    return {
      value: problems.length,
      unit: 'things that are not as documented',
      limit: '0',
      pass: problems.length === 0,
      details: { procedures: Object.fromEntries(rows.map(([name, seconds]) => [name, { seconds }])), problems },
    };
  } finally {
    await docs.remove();
  }
}

async function backupAndRestore({ release, docs, api }: Context): Promise<string[]> {
  const before = await makeAgent(api, 'Before the backup');
  await docs.follow('backup.md', 'Backup and restore');
  await docs.follow('backup.md', 'Internal Postgres');
  const after = await makeAgent(api, 'After the backup');
  await docs.follow('backup.md', 'Restore');
  await release.untilReady();
  await untilGateways(release, MIN_GATEWAYS);
  return [
    ...((await exists(api, before)) ? [] : ['what was there before the backup is gone']),
    ...((await exists(api, after)) ? ['what came after the backup is still there'] : []),
  ];
}

async function scaling({ release, docs }: Context): Promise<string[]> {
  await docs.follow('scaling.md', 'By hand');
  await untilGateways(release, GATEWAYS_BY_HAND);
  await docs.follow('upgrade.md', 'Upgrade');
  await release.untilReady();
  // What the page advises against: the way out that it names must be one.
  await release.kubectl(['scale', `deployment/${release.nameOf('api')}`, '--replicas=1']);
  await docs.follow('scaling.md', 'After kubectl scale');
  await release.untilReady();
  const pods = await release.pods('api');
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp).length === 2 ? [] : ['api has not 2 pods again'];
}

async function upgradeAndRollBack({ release, docs }: Context): Promise<string[]> {
  const before = await release.revision();
  await docs.follow('upgrade.md', 'Upgrade');
  await docs.follow('upgrade.md', 'Roll back', { REVISION: String(before) });
  await release.untilReady();
  return (await release.revision()) === before + 2 ? [] : [`revision ${await release.revision()}, not ${before + 2}`];
}

async function otherPasswords({ release, docs, api }: Context): Promise<string[]> {
  await docs.follow('upgrade.md', 'Secrets', { NEW_PASSWORD });
  await release.untilReady();
  const agent = await makeAgent(api, 'With another password');
  const login = `PGPASSWORD=${NEW_PASSWORD} psql -h 127.0.0.1 -U orbisvoice_agents -d orbisvoice -tAc 'SELECT 1'`;
  const answer = await release.kubectl([
    'exec',
    `${release.nameOf('postgres')}-0`,
    '-c',
    'postgres',
    '--',
    'sh',
    '-c',
    login,
  ]);
  return [
    ...((await exists(api, agent)) ? [] : ['agents can not work']),
    ...(answer.trim() === '1' ? [] : ['Postgres has not taken the new password']),
  ];
}

/** Of the release nothing is left but what the page says. */
async function uninstall({ release, docs }: Context): Promise<string[]> {
  const watch = new PodWatch(release);
  try {
    await until('every pod is seen', TIMEOUT_MS, async () => watch.seen >= (await release.pods()).length);
    await docs.follow('uninstall.md', 'Uninstall');
    await until('every pod is gone', TIMEOUT_MS, async () => (await release.pods()).length === 0);
    const left = await release.kubectl(['get', 'all,jobs,configmaps,secrets,serviceaccounts,roles', '-o', 'name']);
    const ours = left.split('\n').filter((name) => name.includes(release.fullname) && !name.includes('secret/'));
    const secrets = left.split('\n').filter((name) => name.startsWith('secret/'));
    const volumes = (await release.kubectl(['get', 'pvc', '-o', 'name'])).trim().split('\n');
    await docs.follow('uninstall.md', 'And its data');
    const rest = await release.kubectl(['get', 'pvc,secrets', '-o', 'name']);
    return [
      ...badEnds(watch.ended),
      ...(watch.ended.length === 0 ? ['no pod was seen to leave'] : []),
      ...ours.map((name) => `${name} is left`),
      ...(secrets.includes(`secret/${release.fullname}-generated`) ? [] : ['the credentials are gone']),
      ...(volumes.length === 3 ? [] : [`${volumes.length} volumes are left, not 3`]),
      ...(rest.includes(release.fullname) ? [`still there after its data was removed: ${rest}`] : []),
    ];
  } finally {
    watch.stop();
  }
}

async function makeAgent(api: RestClient, name: string): Promise<string> {
  const config = { prompt: 'You are kept.', voice: 'ToneCode' };
  return (await api.send<{ id: string }>('POST', '/v1/agents', { name, config })).id;
}

async function exists(api: RestClient, agentId: string): Promise<boolean> {
  try {
    await api.respond('GET', `/v1/agents/${agentId}`);
    return true;
  } catch (error) {
    if ((error as Error).message.includes(': 404 ')) return false;
    throw error;
  }
}

async function untilGateways(release: Release, count: number): Promise<void> {
  await until(`${count} gateways`, TIMEOUT_MS, async () => (await release.pods(GATEWAY)).length >= count);
  await release.untilReady(GATEWAY);
}
