// `npm run check`: format, lint, contracts, types, generated files and docs. The same locally and in CI.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);

const steps = [
  ['dependencies', process.execPath, ['scripts/check-dependencies.mjs']],
  ['format', bin('oxfmt'), ['--check', '.']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['build and types', bin('nx'), ['run-many', '-t', 'build', '--outputStyle=static']],
  ['types of the tests', bin('tsc'), ['-p', 'tsconfig.tests.json']],
  ['generated files', process.execPath, ['scripts/generate.mjs', '--check']],
  ['breaking changes of the contracts', process.execPath, ['scripts/check-breaking.mjs']],
];

const failed = [];
for (const [name, command, args] of steps) {
  console.log(`\n== ${name}`);
  try {
    execFileSync(command, args, { cwd: root, stdio: 'inherit' });
  } catch {
    failed.push(name);
  }
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`);
  process.exit(1);
}
console.log('\nAll checks passed.');
