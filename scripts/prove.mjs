// `npm run prove`: builds what has changed, then lists or runs the proofs of bench/.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const args = ['run-many', '-t', 'build', '-p', '@orbisvoice/bench', '--outputStyle=static'];
execFileSync(join(root, 'node_modules/.bin/nx'), args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const { prove } = await import('../bench/dist/prove.js');
process.exitCode = (await prove(process.argv.slice(2))) ? 0 : 1;
