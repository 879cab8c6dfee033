/** A destination for log lines that keeps those with one message, and forgets the rest. */
import { Writable } from 'node:stream';

const MAX_KEPT = 100_000;

export class LineWatch<Line> extends Writable {
  private kept: Line[] = [];

  constructor(private readonly message: string) {
    super({ decodeStrings: false });
  }

  /** What has come since it was asked last. */
  take(): Line[] {
    return this.kept.splice(0);
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    for (const line of chunk.toString().split('\n'))
      if (line.includes(this.message) && this.kept.length < MAX_KEPT) this.kept.push(JSON.parse(line) as Line);
    done();
  }
}
