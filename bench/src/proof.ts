/** A proof is a claim with a command: it sets up, measures, prints a table for people and, last, one JSON line. */
import { cpus, release, totalmem } from 'node:os';

export interface ProofResult {
  /** What the claim is about, in `unit`. */
  value: number;
  unit: string;
  /** What the claim says, such as "<= 20". */
  limit: string;
  pass: boolean;
  /** Everything else that was measured. */
  details: Record<string, unknown>;
}

export interface ProofOptions {
  /** The form for CI: small and quick, it checks behaviour and not times. */
  short: boolean;
  print(line: string): void;
  /** The value of `--name=…`, to try a proof in another size; else `full`, or `short` in the short form. */
  setting(name: string, full: number, short: number): number;
}

export interface Proof {
  name: string;
  /** The claim in one sentence. */
  title: string;
  run(options: ProofOptions): Promise<ProofResult>;
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
