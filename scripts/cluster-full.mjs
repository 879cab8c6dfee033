// `npm run cluster:full`: every proof on the cluster, in full, its result committed: about an hour. CI runs the short forms of the first four.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const HELM_3 = 'v3.22.0';
const root = join(import.meta.dirname, '..');

const runs = [
  ['helm-install', '--keep'],
  ['helm-upgrade', '--keep'],
  ['rollout', '--keep'],
  ['autoscale', '--keep'],
  ['procedures', '--keep'],
  // Without --keep: it installs its own, and takes it away.
  ['outage'],
  ['helm-install', `--helm=${helm3()}`, '--keep'],
  ['helm-upgrade', `--helm=${helm3()}`, '--keep'],
  ['helm-install', '--external'],
  ['helm-install', '--tls'],
  ['autoscale', '--keda'],
];

const failed = [];
for (const args of runs) {
  console.log(`\n== ${args.join(' ')}`);
  const command = [join(root, 'scripts/prove.mjs'), ...args, '--commit'];
  if (spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status !== 0) failed.push(args.join(' '));
}
console.log(failed.length === 0 ? '\nEverything is proven.' : `\nFailed: ${failed.join('; ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Made once from its Go module: the cluster has Helm 4. */
function helm3() {
  const folder = join(homedir(), '.cache/orbisvoice', `helm-${HELM_3}`);
  const program = join(folder, 'helm');
  if (existsSync(program)) return program;
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' };
  const flags = `-s -w -X helm.sh/helm/v3/internal/version.version=${HELM_3}`;
  execFileSync('go', ['install', '-trimpath', '-ldflags', flags, `helm.sh/helm/v3/cmd/helm@${HELM_3}`], {
    env,
    stdio: 'inherit',
  });
  return program;
}
