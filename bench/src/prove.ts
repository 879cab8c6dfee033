/** `npm run prove` lists the proofs; `npm run prove -- <name> [--short] [--commit]` runs one. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine, proofOptions } from './proof.js';
import { proofs } from './proofs.js';

const RESULTS = join(import.meta.dirname, '..', 'results');

export async function prove(args: string[]): Promise<boolean> {
  const [name] = args.filter((arg) => !arg.startsWith('--'));
  const proof = proofs.find((candidate) => candidate.name === name);
  if (!proof) {
    for (const { name: known, title } of proofs) console.log(`${known.padEnd(16)} ${title}`);
    return name === undefined;
  }
  if (args.includes('--commit') && args.includes('--short')) {
    console.error('The short form measures nothing that could be committed: leave out --short or --commit.');
    return false;
  }
  const result = await proof.run(proofOptions(args.filter((arg) => arg !== name)));
  const { details, ...claim } = result;
  const line = { name: proof.name, ...claim, machine: describeMachine() };
  if (args.includes('--commit')) {
    await mkdir(RESULTS, { recursive: true });
    const record = { ...line, title: proof.title, measuredAt: new Date().toISOString(), details };
    const file = [proof.name, ...(result.variant ? [result.variant] : [])].join('-');
    await writeFile(join(RESULTS, `${file}.json`), `${JSON.stringify(record, null, 2)}\n`);
    execFileSync(process.execPath, [join(RESULTS, '../../scripts/generate-bench-docs.mjs')], { stdio: 'inherit' });
  }
  console.log(JSON.stringify(line));
  return result.pass;
}
