// Whether there is anything to build, by the sizes and times of all sources and of what was built from them.
//
// Nx knows that too, but without its daemon, which would stay behind, it can't look at what is on the disk: it deletes and
// restores every output from its cache at each run, under the feet of an OrbisVoice that may be running from them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const STAMP = join(root, 'node_modules/.cache/orbisvoice/build-stamp');
const INPUTS = ['proto', 'libs', 'services', 'package-lock.json', 'nx.json', 'tsconfig.base.json'];
const OUTPUT_FOLDERS = ['dist', 'out'];
/** Dependencies, and what a build leaves beside the sources without being the result. */
const IGNORED = /(^|\/)(node_modules|\.next|coverage|next-env\.d\.ts)$|\/public\/voice$/;

/** The state of the sources and of the outputs, each as a hash. */
export function readBuildState() {
  const [sources, outputs] = [createHash('sha256'), createHash('sha256')];
  sources.update(process.version);
  const visit = (path, hash) => {
    const { mtimeMs, size, isFolder } = describe(path);
    if (!isFolder) {
      hash.update(`${path}\0${size}\0${mtimeMs}\n`);
      return;
    }
    for (const name of readdirSync(join(root, path)).toSorted()) {
      const child = `${path}/${name}`;
      if (!IGNORED.test(child)) visit(child, OUTPUT_FOLDERS.includes(name) ? outputs : hash);
    }
  };
  for (const input of INPUTS) visit(input, sources);
  return { sources: sources.digest('hex'), outputs: outputs.digest('hex') };
}

function describe(path) {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  return { mtimeMs: found?.mtimeMs ?? 0, size: found?.size ?? 0, isFolder: found?.isDirectory() ?? false };
}

export function isBuilt({ sources, outputs }) {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === `${sources} ${outputs}`;
}

/** `before` is the state that the build began with: what was changed while it ran has to be built again. */
export function markBuilt(before) {
  const after = readBuildState();
  if (after.sources !== before.sources) return;
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, `${after.sources} ${after.outputs}`);
}
