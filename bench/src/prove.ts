/** `npm run prove` lists the proofs; `npm run prove -- <name> [--short] [--commit]` runs one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine } from './proof.js';
import { proofs } from './proofs.js';

const RESULTS = join(import.meta.dirname, '..', 'results');

export async function prove(args: string[]): Promise<boolean> {
  const [name] = args.filter((arg) => !arg.startsWith('--'));
  const proof = proofs.find((candidate) => candidate.name === name);
  if (!proof) {
    for (const { name: known, title } of proofs) console.log(`${known.padEnd(16)} ${title}`);
    return name === undefined;
  }
  const short = args.includes('--short');
  const setting = (key: string, full: number, inShort: number) => {
    const given = args.find((arg) => arg.startsWith(`--${key}=`));
    return given ? Number(given.slice(key.length + 3)) : short ? inShort : full;
  };
  const result = await proof.run({ short, setting, print: (line) => console.log(line) });
  const { details, ...claim } = result;
  const line = { name: proof.name, ...claim, machine: describeMachine() };
  if (args.includes('--commit')) {
    await mkdir(RESULTS, { recursive: true });
    const record = { ...line, title: proof.title, measuredAt: new Date().toISOString(), details };
    await writeFile(join(RESULTS, `${proof.name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  }
  console.log(JSON.stringify(line));
  return result.pass;
}
