/** An empty namespace that enforces `restricted`, `helm install` with the chart's defaults, and a call that works. */
import { clusterProof } from '../cluster/cluster-proof.js';
import { ExternalStores } from '../cluster/external-stores.js';
import { provideCertificate } from '../cluster/internal-certificate.js';
import type { Release } from '../cluster/release.js';
import type { CommandOutput } from '../cluster/run-command.js';
import { table, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const MAX_SECONDS = 180;

export const helmInstall = clusterProof({
  name: 'helm-install',
  title:
    'helm install with defaults: all ready in <= 3 min, helm test green, Pod Security "restricted" enforced, no warnings',
  maxMinutes: 20,
  installs: true,
  measure,
});

async function measure(release: Release, options: ProofOptions): Promise<ProofResult> {
  const certificate = options.args.includes('--tls') ? await provideCertificate(release) : [];
  if (!options.args.includes('--external')) return await measureInstallation(release, options, certificate);
  const stores = await ExternalStores.start(release);
  try {
    return await measureInstallation(release, options, [...certificate, ...(await stores.valuesFor(release))]);
  } finally {
    await stores.stop();
  }
}

async function measureInstallation(
  release: Release,
  { print, short }: ProofOptions,
  values: string[],
): Promise<ProofResult> {
  const startedAt = performance.now();
  const installed = await release.install(values);
  await release.untilReady();
  const seconds = round((performance.now() - startedAt) / 1000, 0);
  const testedAt = performance.now();
  const tested = await release.test();
  const testSeconds = round((performance.now() - testedAt) / 1000, 0);
  const warnings = [...warningsIn(installed), ...warningsIn(tested), ...(await refusals(release))];
  const pods = await release.pods();
  const restarts = pods
    .flatMap(({ status }) => status.containerStatuses ?? [])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  print(
    table([
      ['ready after s', 'pods', 'restarts', 'helm test s', 'warnings'],
      [seconds, pods.length, restarts, testSeconds, warnings.length],
    ]),
  );
  for (const warning of warnings) print(warning);
  return {
    value: seconds,
    unit: 's until all is ready',
    limit: `<= ${MAX_SECONDS}, helm test green, no warnings, no restarts`,
    pass: (short || seconds <= MAX_SECONDS) && warnings.length === 0 && restarts === 0,
    details: { pods: pods.length, restarts, testSeconds, warnings },
  };
}

/** Lines of helm's that tell of a Pod Security level, or of anything deprecated. */
function warningsIn({ stdout, stderr }: CommandOutput): string[] {
  return `${stdout}\n${stderr}`.split('\n').filter((line) => /\bwarning\b|would violate|deprecated/i.test(line));
}

/** Pods that were not let in are no line of helm's: the controllers that want them say so in events. */
async function refusals(release: Release): Promise<string[]> {
  const format = 'jsonpath={range .items[*]}{.involvedObject.name}: {.message}{"\\n"}{end}';
  const events = await release.kubectl(['get', 'events', '--field-selector', 'reason=FailedCreate', '-o', format]);
  return events.split('\n').filter((line) => line !== '');
}
