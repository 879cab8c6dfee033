/** The images of this checkout in the cluster, under a tag that says what they were built from: what is there is not made again. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cluster, inCluster, ROOT } from './cluster-tool.js';
import { run } from './run-command.js';

/** As .dockerignore lets it into the build. */
const SOURCES = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'nx.json',
  'tsconfig.base.json',
  'proto',
  'libs',
  'services',
  'bench/package.json',
  'scripts/migrate.mjs',
  'deploy/images',
];
const NOT_BUILT = /\/test(-real)?\/|\.spec\.ts$/;
const SERVICES = [
  'accounts',
  'agents',
  'api',
  'simulator',
  'tools',
  'transcripts',
  'voice-gateway',
  'web',
  'pgbouncer',
];
const BASE_IMAGES = ['library/postgres:17-trixie', 'library/redis:8-trixie', 'library/nats:2-scratch'];
const NODE_BASE = 'docker.io/library/node:24-trixie-slim';
const BASES_TIMEOUT_MS = 20 * 60_000;
const BUILD_TIMEOUT_MS = 25 * 60_000;
const TAG_PREFIX = 'source-';
const IMPORTS_AT_ONCE = 2;

export interface ImageTags {
  current: string;
  /** The same images under another name, for an upgrade. */
  next: string;
}

export async function prepareImages(print: (line: string) => void): Promise<ImageTags> {
  const current = `${TAG_PREFIX}${await sourceHash()}`;
  const next = `${current}-next`;
  const startedAt = performance.now();
  await makeBases();
  const built = await builtImages();
  const missing = SERVICES.filter((name) => !built.has(reference(name, current)));
  if (missing.length > 0) await build(missing, current);
  for (const name of SERVICES) await run('buildah', ['tag', reference(name, current), reference(name, next)]);
  const there = await importedImages();
  const wanted = SERVICES.flatMap((name) => [reference(name, current), reference(name, next)]);
  const absent = wanted.filter((name) => !there.has(name));
  const missingNames = absent.length;
  await Promise.all(Array.from({ length: IMPORTS_AT_ONCE }, () => importAll(absent)));
  await removeOthers([current, next]);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  print(`images ${current}: ${missing.length} built, ${missingNames} names imported, in ${seconds} s`);
  return { current, next };
}

async function sourceHash(): Promise<string> {
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z', '--', ...SOURCES], { cwd: ROOT });
  const hash = createHash('sha256');
  for (const file of stdout
    .split('\0')
    .filter((path) => path !== '' && !NOT_BUILT.test(path))
    .toSorted()) {
    // Deleted, and not yet so in git: not in the build either.
    const content = await readFile(join(ROOT, file)).catch(() => undefined);
    if (content) hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

/** What the Dockerfile and the internal datastores start from: there is no registry to have them from. */
async function makeBases(): Promise<void> {
  const [built, there] = [await builtImages(), await importedImages()];
  if (built.has(NODE_BASE) && BASE_IMAGES.every((name) => there.has(`docker.io/${name}`))) return;
  await cluster(['base-images'], BASES_TIMEOUT_MS);
}

async function build(names: string[], tag: string): Promise<void> {
  const args = ['scripts/build-images.mjs', '--builder', 'buildah', '--tag', tag, '--only', names.join(',')];
  await run(process.execPath, args, { cwd: ROOT, timeoutMs: BUILD_TIMEOUT_MS });
}

/** Takes names away until none is left. */
async function importAll(names: string[]): Promise<void> {
  for (let name = names.shift(); name; name = names.shift()) await cluster(['image', name]);
}

const reference = (name: string, tag: string) => `localhost/orbisvoice-${name}:${tag}`;

async function builtImages(): Promise<Set<string>> {
  const { stdout } = await run('buildah', ['images', '--json']);
  const images = JSON.parse(stdout || '[]') as { names?: string[] | null }[] | null;
  return new Set((images ?? []).flatMap(({ names }) => names ?? []));
}

/** What the node says that it has. */
async function importedImages(): Promise<Set<string>> {
  const nodes = JSON.parse(await inCluster('kubectl', ['get', 'nodes', '-o', 'json'])) as {
    items: { status: { images?: { names?: string[] }[] } }[];
  };
  return new Set(nodes.items.flatMap(({ status }) => status.images ?? []).flatMap(({ names }) => names ?? []));
}

/** Names of what was built from other sources: the layers that nothing has any more go with them. */
async function removeOthers(kept: string[]): Promise<void> {
  const old = [...(await builtImages())].filter((name) => {
    const [, tag = ''] = name.split(':');
    return name.startsWith('localhost/orbisvoice-') && tag.startsWith(TAG_PREFIX) && !kept.includes(tag);
  });
  if (old.length > 0) await run('buildah', ['rmi', ...old]);
}
