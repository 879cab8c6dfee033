// `npm run secrets`: makes .env.local from .env.example, with random secrets. What .env.local already says stays, so that it can be
// repeated after an update, which may bring new variables. `.env` becomes a link to it, which is where Compose looks by itself.
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;
const SECRETS_HEADING = '# -- Secrets';
const root = process.argv[2] ?? join(import.meta.dirname, '..');
const [example, local, link] = ['.env.example', '.env.local', '.env'].map((name) => join(root, name));

const known = existsSync(local) ? variablesOf(readFileSync(local, 'utf8')) : new Map();
const lines = readFileSync(existsSync(example) ? example : join(import.meta.dirname, '../.env.example'), 'utf8')
  .trimEnd()
  .split('\n');
const secretsBegin = lines.indexOf(SECRETS_HEADING);
const made = [];
const result = lines.map((line, index) => {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  if (name === undefined) return line;
  const kept = known.get(name);
  known.delete(name);
  if (kept) return `${name}=${kept}`;
  if (index < secretsBegin) return `${name}=${value}`;
  made.push(name);
  return `${name}=${randomBytes(SECRET_BYTES).toString('hex')}`;
});
const others = [...known].map(([name, value]) => `${name}=${value}`);
if (others.length > 0) result.push('', '# -- Not in .env.example', ...others);

writeFileSync(local, `${result.join('\n')}\n`, { mode: 0o600 });
if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync('.env.local', link);
console.log(made.length > 0 ? `.env.local: made ${made.join(', ')}` : '.env.local: nothing to do');

function variablesOf(text) {
  return new Map([...text.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}
