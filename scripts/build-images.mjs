// `npm run images`: builds the images of all services and of PgBouncer, with Docker or buildah, and says how large they are.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run images -- [OPTIONS]
  --only a,b         these alone, of: ${imageNames().join(', ')}
  --tag TAG          tag (default: ${releaseTag()}, for the chart, and production, for Compose); can be given several times
  --registry PREFIX  what stands before orbisvoice-<service>, such as ghcr.io/example
  --builder NAME     docker or buildah (default: Docker where its engine answers, else buildah)
  --platform LIST    such as linux/amd64,linux/arm64 (default: this machine's)
  --sbom FOLDER      also write every image's bill of materials there
`;
const root = join(import.meta.dirname, '..');
const options = readOptions();
const builder = options.builder ?? findBuilder();
const labels = readLabels();

const started = performance.now();
for (const name of options.only) build(name);
if (options.sbom) for (const name of options.only.filter(isService)) copyBillOfMaterials(name, options.sbom);
console.table(options.only.map((name) => ({ image: reference(name), 'size, MB': sizeMb(name) })));
console.log(`${options.only.length} images with ${builder} in ${Math.round((performance.now() - started) / 1000)} s`);

/** Of package.json: tests/system/images.spec.ts holds the chart's appVersion to it. */
function releaseTag() {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
}

function imageNames() {
  const services = readdirSync(join(import.meta.dirname, '../services'));
  return [...services.filter((name) => isService(name)), 'pgbouncer'];
}

function isService(name) {
  return existsSync(join(import.meta.dirname, '../services', name, 'package.json'));
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      tag: { type: 'string', multiple: true, default: [releaseTag(), 'production'] },
      registry: { type: 'string' },
      builder: { type: 'string' },
      platform: { type: 'string' },
      sbom: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) stop(USAGE, 0);
  const only = values.only?.split(',') ?? imageNames();
  const unknown = only.filter((name) => !imageNames().includes(name));
  if (unknown.length > 0) stop(`There is no image ${unknown.join(', ')}.\n${USAGE}`);
  if (values.builder && !['docker', 'buildah'].includes(values.builder)) stop(`--builder must be docker or buildah.\n`);
  return { ...values, only };
}

function stop(message, status = 2) {
  (status === 0 ? process.stdout : process.stderr).write(message);
  process.exit(status);
}

function findBuilder() {
  const works = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (works('docker', 'info')) return 'docker';
  if (works('buildah', '--version')) return 'buildah';
  return stop('Images are built with Docker or buildah: neither is here.\n', 1);
}

/** What the labels org.opencontainers.image.* say. */
function readLabels() {
  const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const remote = git('remote', 'get-url', 'origin');
  const [, host, path] = /^(?:https?:\/\/|git@|ssh:\/\/git@)([\w.-]+)[:/](.+?)(?:\.git)?$/.exec(remote) ?? [];
  return {
    SOURCE: host ? `https://${host}/${path}` : '',
    REVISION: git('rev-parse', '--verify', '-q', 'HEAD'),
    VERSION: version,
  };
}

function reference(name, tag = options.tag[0]) {
  const prefix = options.registry ? `${options.registry.replace(/\/+$/, '')}/` : '';
  return `${prefix}orbisvoice-${name}:${tag}`;
}

function build(name) {
  const context = isService(name) ? '.' : `deploy/images/${name}`;
  const values = { ...(isService(name) ? { SERVICE: name } : {}), ...labels };
  const args = [
    ...builderArguments(),
    ...Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...(options.platform ? ['--platform', options.platform] : []),
    ...options.tag.flatMap((tag) => ['-t', reference(name, tag)]),
    context,
  ];
  console.log(`\n== ${reference(name)}`);
  const { status } = spawnSync(builder, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) stop(`${reference(name)} could not be built.\n`, 1);
}

/** Buildah: without its own daemon or privileges, and in the format that has health checks. Layers are kept for the next image. */
function builderArguments() {
  if (builder === 'docker') return ['build'];
  return ['build', '--layers', '--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--pull=false'];
}

function sizeMb(name) {
  const [command, format] = builder === 'docker' ? ['image', '{{.Size}}'] : ['inspect', '{{.FromImageID}}'];
  if (builder === 'docker') {
    const bytes = execFileSync('docker', [command, 'inspect', '--format', format, reference(name)], {
      encoding: 'utf8',
    });
    return Math.round(Number(bytes) / 1e6);
  }
  const [image] = JSON.parse(execFileSync('buildah', ['images', '--json', reference(name)], { encoding: 'utf8' }));
  return image.size;
}

function copyBillOfMaterials(name, folder) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `orbisvoice-${name}.cdx.json`);
  writeFileSync(file, readFromImage(reference(name), '/app/sbom.cdx.json'));
}

function readFromImage(image, path) {
  const run = (command, ...args) =>
    execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trim();
  if (builder === 'docker') return run('docker', 'run', '--rm', '--entrypoint', 'cat', image, path);
  const container = run('buildah', 'from', '--pull-never', image);
  try {
    return readFileSync(join(run('buildah', 'mount', container), path), 'utf8');
  } finally {
    run('buildah', 'rm', container);
  }
}
