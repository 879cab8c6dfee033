/** Procedures as docs/kubernetes has them: the blocks of a section, run by a shell as somebody would paste them. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './cluster-tool.js';
import type { Release } from './release.js';
import { run } from './run-command.js';

const DOCS = join(ROOT, 'docs/kubernetes');
const TIMEOUT_MS = 10 * 60_000;

export class DocumentedProcedures {
  private constructor(
    private readonly release: Release,
    private readonly folder: string,
  ) {}

  /** In a folder that has what the pages take for granted: the chart, and a values file. */
  static async create(release: Release): Promise<DocumentedProcedures> {
    const folder = await mkdtemp(join(tmpdir(), 'orbisvoice-procedures-'));
    await symlink(join(ROOT, 'charts'), join(folder, 'charts'));
    await writeFile(join(folder, 'values.yaml'), `image: { registry: localhost, tag: ${release.tags.current} }\n`);
    return new DocumentedProcedures(release, folder);
  }

  /** Every block of a section, in order. `words`: what the page leaves to the reader, such as REVISION. */
  async follow(page: string, heading: string, words: Record<string, string> = {}): Promise<void> {
    for (const block of await blocksOf(page, heading)) await this.paste(block, words);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  private async paste(block: string, words: Record<string, string>): Promise<void> {
    const { helm, namespace } = this.release;
    let script = block;
    for (const [word, value] of Object.entries({ NS: namespace, ...words }))
      script = script.replaceAll(new RegExp(String.raw`\b${word}\b`, 'g'), value);
    // As the pages say: Helm 3 does not know it and does not need it.
    if (helm.version.startsWith('v3.')) script = script.replaceAll(' --force-conflicts', '');
    const shell = `helm() { command ${helm.program} "$@"; }\n${script}`;
    await run('bash', ['-euo', 'pipefail', '-c', shell], { cwd: this.folder, timeoutMs: TIMEOUT_MS });
  }
}

/** @throws Error when the page has no such section, or none with commands: then the page has changed, and this is to change with it. */
export async function blocksOf(page: string, heading: string): Promise<string[]> {
  const text = await readFile(join(DOCS, page), 'utf8');
  const sections = text.split(/^(?=#{1,3} )/m);
  const section = sections.find((each) => each.replace(/^#+ /, '').startsWith(`${heading}\n`));
  const blocks = [...(section ?? '').matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  if (blocks.length === 0) throw new Error(`docs/kubernetes/${page} has no commands under "${heading}"`);
  return blocks;
}
