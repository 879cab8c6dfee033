// Puts together what an image holds: node deploy/images/assemble.mjs SERVICE TARGET, in a repository that is installed and built.
// TARGET gets the service, the packages it needs at run time in the same layout as here, and the migrations of every service.
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { packageName, productionClosure } from './closure.mjs';
import { billOfMaterials } from './sbom.mjs';

const root = join(import.meta.dirname, '../..');
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const OWN_SCOPE = '@orbisvoice';
/** Whose migrations `npm run migrate` applies: they are in every image. */
const SCHEMA_OWNERS = ['accounts', 'agents', 'tools', 'transcripts'].map((name) => `services/${name}`);
const BUILT_FOLDERS = ['dist', 'out'];
/** For editors, browsers and readers; licences stay. */
const UNUSED_FILE = /\.(map|d\.[cm]?ts|flow|tsbuildinfo)$|^(readme|changelog|changes|history|contributing)(\.\w+)?$/i;
const UNUSED_FOLDERS = ['.github', 'test', 'tests', '__tests__', 'example', 'examples', 'benchmark', 'benchmarks'];
/** Builds for browsers that Node never loads. */
const BROWSER_BUILDS = {
  typeorm: ['browser'],
  rxjs: ['dist/bundles', 'dist/esm', 'dist/esm5', 'src'],
  zod: ['src'],
  jose: ['dist/browser'],
};

const [service, target] = process.argv.slice(2);
if (!service || !target || !existsSync(join(root, 'services', service, 'package.json'))) {
  console.error('usage: node deploy/images/assemble.mjs SERVICE TARGET, SERVICE being a folder of services/');
  process.exit(2);
}
assemble(service, resolve(target));

function assemble(name, folder) {
  const { packages } = readJson('package-lock.json');
  const roots = [`services/${name}`, ...SCHEMA_OWNERS];
  const closure = productionClosure(packages, roots, (path) => existsSync(join(root, path)));
  for (const [path, { entry }] of closure) {
    const isBuilt = path.includes('node_modules/') || existsSync(join(root, path, 'dist'));
    if (!isBuilt) throw new Error(`${path} is not built: npm run build`);
    copyPackage(path, packageName(path, entry), folder);
  }
  for (const [path, { entry }] of closure) if (!path.includes('node_modules/')) link(path, entry.name, folder);

  const { version, license } = readJson('package.json');
  const own = { name: `orbisvoice-${name}`, version, license, private: true, type: 'module' };
  const scripts = { start: 'node main.mjs', migrate: 'node scripts/migrate.mjs' };
  write(folder, 'package.json', JSON.stringify({ ...own, scripts }, null, 2));
  write(folder, 'sbom.cdx.json', JSON.stringify(billOfMaterials({ service: name, version, closure }), null, 2));
  for (const file of ['main.mjs', 'health.mjs']) cpSync(join(import.meta.dirname, 'service', file), join(folder, file));
  for (const file of ['scripts/migrate.mjs', 'LICENSE', 'NOTICE']) cpSync(join(root, file), join(folder, file));
  symlinkSync(`services/${name}`, join(folder, 'service'));
  console.log(`${name}: ${closure.size} packages in ${folder}`);
}

/** Workspaces: what was built. Others: everything but what nobody reads at run time. */
function copyPackage(path, name, folder) {
  const source = join(root, path);
  const isOwn = name.startsWith(`${OWN_SCOPE}/`);
  const topLevel = isOwn ? ['package.json', ...BUILT_FOLDERS] : undefined;
  const skipped = new Set([...UNUSED_FOLDERS, ...(BROWSER_BUILDS[name] ?? []), 'node_modules']);
  cpSync(source, join(folder, path), {
    recursive: true,
    verbatimSymlinks: true,
    filter(file) {
      const inside = relative(source, file);
      if (inside === '') return true;
      if (topLevel && !topLevel.includes(inside.split('/')[0])) return false;
      return !skipped.has(inside) && !UNUSED_FILE.test(basename(file));
    },
  });
}

function link(path, name, folder) {
  const file = join(folder, 'node_modules', name);
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(relative(dirname(file), join(folder, path)), file);
}

function write(folder, name, text) {
  writeFileSync(join(folder, name), `${text}\n`);
}
