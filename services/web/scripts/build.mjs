// Builds `web`: its server (dist/), then the console as static files (out/) with what the server needs to know of them.
// Works without a network.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const exportFolder = join(root, 'out');
const COMPRESSIBLE = /\.(html|js|css|txt|json|svg|webmanifest)$/;
const MIN_COMPRESSED_BYTES = 1024;

run('typescript', 'tsc', '-p', 'tsconfig.server.json');
copyWorklets();
run('typescript', 'tsc', '-p', 'tsconfig.json');
run('next', 'next', 'build');
await writeScriptHashes();
compressFiles();

/** Runs an installed package's command with this Node. */
function run(packageName, command, ...args) {
  const packageFile = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const script = join(dirname(packageFile), typeof bin === 'string' ? bin : bin[command]);
  const environment = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env: environment });
  if (status !== 0) process.exit(status ?? 1);
}

/** AudioWorklets are loaded by URL, so they are files of their own, outside the bundle. */
function copyWorklets() {
  const target = join(root, 'public/voice');
  mkdirSync(target, { recursive: true });
  for (const name of ['capture-worklet', 'playback-worklet']) {
    copyFileSync(fileURLToPath(import.meta.resolve(`@orbisvoice/client/browser/${name}`)), join(target, `${name}.js`));
  }
}

/** out/csp.json: the inline scripts' hashes, by page. */
async function writeScriptHashes() {
  const { inlineScriptHashes } = await import('../dist/content-security-policy.js');
  const hashes = {};
  for (const path of exportedFiles().filter((file) => file.endsWith('.html'))) {
    hashes[path] = inlineScriptHashes(readFileSync(join(exportFolder, path), 'utf8'));
  }
  writeFileSync(join(exportFolder, 'csp.json'), `${JSON.stringify(hashes, null, 2)}\n`);
}

/** A .br and a .gz beside each larger text file, so that nothing is compressed while it is served. */
function compressFiles() {
  for (const path of exportedFiles().filter((file) => COMPRESSIBLE.test(file) && file !== 'csp.json')) {
    const file = join(exportFolder, path);
    const content = readFileSync(file);
    if (content.length < MIN_COMPRESSED_BYTES) continue;
    writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  }
}

function exportedFiles() {
  return readdirSync(exportFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(exportFolder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
