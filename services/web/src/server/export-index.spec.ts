import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readExportIndex } from './export-index.js';

const folders: string[] = [];

function folderWith(files: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  folders.push(folder);
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), file === 'csp.json' ? '{"talk.html":["hash"]}' : '');
  }
  return folder;
}

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

describe('the exported files', () => {
  const folder = folderWith([
    'csp.json',
    'index.html',
    '404.html',
    'talk.html',
    'talk.html.br',
    'voice/capture-worklet.js',
    '_next/static/chunks/a.js',
  ]);
  const { files, notFoundPage } = readExportIndex(folder);

  it('answers clean URLs with pages', () => {
    expect(files.get('/')?.path).toBe('index.html');
    expect(files.get('/talk')?.path).toBe('talk.html');
    expect(notFoundPage.path).toBe('404.html');
  });

  it('lets browsers keep hashed assets for a year, worklets for four hours, and ask for pages again', () => {
    expect(files.get('/_next/static/chunks/a.js')?.cacheControl).toBe('public, max-age=31536000, immutable');
    expect(files.get('/voice/capture-worklet.js')?.cacheControl).toBe('public, max-age=14400');
    expect(files.get('/talk')?.cacheControl).toBe('no-cache');
  });

  it('knows the hashes of each page', () => {
    expect(files.get('/talk')?.scriptHashes).toEqual(['hash']);
  });

  it('hands out neither its own data nor compressed copies as files', () => {
    expect([...files.keys()].filter((url) => url.includes('csp') || url.endsWith('.br'))).toEqual([]);
  });

  it('says how to build the console when it is not there', () => {
    expect(() => readExportIndex(folderWith(['index.html']))).toThrow(/npm run build/);
    expect(() => readExportIndex('/does/not/exist')).toThrow(/npm run build/);
  });
});
