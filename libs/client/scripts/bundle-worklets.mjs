// Makes the two worklet files that apps serve: each with everything it needs in one file and no import, because a worklet
// has to load under a strict content security policy and from any folder. Works on what tsc has written to `dist`.
//
//   node scripts/bundle-worklets.mjs [dist folder]
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const dist = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'));
const IMPORT = /^import\s+(?:type\s+)?\{[^}]*\}\s+from\s+'([^']+)';\n/gm;

for (const name of ['capture', 'playback']) {
  const parts = [];
  collect(join(dist, `browser/worklets/${name}.js`), new Set(), parts);
  const code = parts.join('\n');
  if (/^\s*(import|export)\b/m.test(code) || /\bimport\(/.test(code)) {
    throw new Error(
      `The worklet "${name}" still imports or exports something; this script only knows named imports of files.`,
    );
  }
  writeFileSync(join(dist, `browser/${name}-worklet.js`), `// Apache-2.0. Part of @orbisvoice/client.\n${code}`);
}

/** Adds a module's own dependencies, then the module without its imports and exports, each file once. */
function collect(file, seen, parts) {
  if (seen.has(file)) return;
  seen.add(file);
  const code = readFileSync(file, 'utf8');
  for (const [, path] of code.matchAll(IMPORT)) {
    if (!path.startsWith('.')) throw new Error(`${relative(dist, file)} imports ${path}, which a worklet cannot load.`);
    collect(resolve(dirname(file), path), seen, parts);
  }
  const own = code
    .replace(IMPORT, '')
    .replace(/^export (?=(?:class|function|const|let|async) )/gm, '')
    .replace(/^export \{\};\n/gm, '')
    .replace(/^\/\/# sourceMappingURL=.*\n?/gm, '');
  parts.push(own);
}
