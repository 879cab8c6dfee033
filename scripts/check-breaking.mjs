// Contracts may grow, never break: compares proto/ with the last release, or with the first commit that had contracts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

const baseline = findBaseline();
if (baseline === undefined) {
  console.log('No earlier contracts to compare with.');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'orbisvoice-baseline-'));
try {
  const archive = execFileSync('git', ['archive', baseline, 'proto'], { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  execFileSync(join(root, 'node_modules/.bin/buf'), ['breaking', '--against', join(folder, 'proto')], {
    cwd: join(root, 'proto'),
    stdio: 'inherit',
  });
  console.log(`Nothing breaks against ${baseline}.`);
} catch {
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** Until the first release the contracts may still change; from then on each release is the baseline of the next. */
function findBaseline() {
  try {
    return git('describe', '--tags', '--match', 'v*', '--abbrev=0');
  } catch {
    return undefined;
  }
}
