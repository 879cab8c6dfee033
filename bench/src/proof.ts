/** A proof is a claim with a command: it sets up, measures, prints a table for people and, last, one JSON line. */
import { cpus, release, totalmem } from 'node:os';

export interface ProofResult {
  /** What the claim is about, in `unit`. */
  value: number;
  unit: string;
  /** What the claim says, such as "<= 20". */
  limit: string;
  pass: boolean;
  /** Where the claim is proven in several forms, which one this was: its result is committed beside the others'. */
  variant?: string;
  /** Everything else that was measured. */
  details: Record<string, unknown>;
}

export interface ProofOptions {
  /** The form for CI: small and quick, it checks behaviour and not times. */
  short: boolean;
  print(line: string): void;
  /** The value of `--name=…`, to try a proof in another size; else `full`, or `short` in the short form. */
  setting(name: string, full: number, short: number): number;
  /** As they were given, for proofs that go on in another process. */
  args: readonly string[];
}

export interface Proof {
  name: string;
  /** The claim in one sentence. */
  title: string;
  run(options: ProofOptions): Promise<ProofResult>;
}

/** `args`: what follows the proof's name, such as `--short` and `--calls=5`. */
export function proofOptions(args: readonly string[]): ProofOptions {
  const short = args.includes('--short');
  const setting = (key: string, full: number, inShort: number) => {
    const given = args.find((arg) => arg.startsWith(`--${key}=`));
    return given ? Number(given.slice(key.length + 3)) : short ? inShort : full;
  };
  return { short, setting, args, print: (line) => console.log(line) };
}

export function describeMachine(): Record<string, unknown> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
  };
}

/** A table for people: first row is the head. */
export function table(rows: (string | number)[][]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
