// Writes docs/openapi.json from the routes of services/api; with --check it only says whether that file is stale.
// Needs `npm run build` in services/api first.
import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { createOfflineDocument } from '../services/api/dist/openapi/offline-document.js';

const file = new URL('../docs/openapi.json', import.meta.url);
const document = JSON.parse(JSON.stringify(await createOfflineDocument()));

if (process.argv.includes('--check')) {
  // Compared by content, so that a formatter may have its way with the file.
  const written = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'));
  if (!isDeepStrictEqual(written, document)) {
    process.stderr.write('docs/openapi.json is stale: run `npm run generate`.\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
}
