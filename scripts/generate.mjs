// `npm run generate`: everything in the repository that is made from something else. `--check` fails when any of it is stale.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const bin = (name) => join(root, 'node_modules/.bin', name);
const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, stdio: 'inherit' });

run(bin('buf'), ['lint'], join(root, 'proto'));
if (check) checkProto();
else run(bin('buf'), ['generate'], join(root, 'proto'));
for (const script of [
  'generate-asyncapi.mjs',
  'generate-openapi.mjs',
  'generate-chart-docs.mjs',
  'generate-dashboards.mjs',
  'generate-bench-docs.mjs',
]) {
  run(process.execPath, [join(root, 'scripts', script), ...(check ? ['--check'] : [])]);
}

function checkProto() {
  const fresh = mkdtempSync(join(tmpdir(), 'orbisvoice-proto-'));
  try {
    run(bin('buf'), ['generate', '-o', fresh], join(root, 'proto'));
    const made = filesBelow(join(fresh, 'gen'));
    const committed = filesBelow(join(root, 'proto/gen'));
    const stale = [...new Set([...made.keys(), ...committed.keys()])].filter(
      (file) => made.get(file) !== committed.get(file),
    );
    if (stale.length === 0) return;
    console.error(`proto/gen is stale: ${stale.join(', ')}. Run npm run generate.`);
    process.exit(1);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function filesBelow(folder) {
  const files = new Map();
  for (const name of readdirSync(folder, { recursive: true })) {
    const file = join(folder, name);
    if (statSync(file).isFile()) files.set(relative(folder, file), readFileSync(file, 'utf8'));
  }
  return files;
}
