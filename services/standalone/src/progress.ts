// Read by scripts/start.mjs before anything is built, so: no imports, and only syntax that Node can strip.

export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 100;
const CLEAR_LINE = '\r\u001b[2K';

/**
 * One line for each slow step, with its time once the next one begins. A terminal sees the line move while the step runs;
 * a file or a pipe gets plain text that is only ever appended to.
 */
export class Progress {
  private readonly output: ProgressOutput;
  private current: { step: string; since: number; detail: string } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(output: ProgressOutput) {
    this.output = output;
  }

  /** Ends the step before, and begins this one. */
  step(step: string): void {
    this.done();
    this.current = { step, since: performance.now(), detail: '' };
    if (!this.output.isTTY) {
      this.output.write(`  ${step} ...`);
      return;
    }
    this.draw();
    this.timer = setInterval(() => this.draw(), REDRAW_MS);
    this.timer.unref();
  }

  /** Something within the step is done: `item` is its name, `position` such as "3 of 15". */
  detail(item: string, position: string): void {
    if (!this.current) return;
    this.current.detail = ` (${position}, ${item})`;
    if (this.output.isTTY) this.draw();
    else this.output.write(` ${item}`);
  }

  done(): void {
    this.end((seconds) => `${seconds} s`);
  }

  fail(): void {
    this.end(() => 'failed');
  }

  /** The user has changed their mind. */
  interrupt(): void {
    this.end(() => 'stopped');
  }

  private end(outcome: (seconds: string) => string): void {
    clearInterval(this.timer);
    const { current } = this;
    if (!current) return;
    this.current = undefined;
    const text = outcome(((performance.now() - current.since) / 1000).toFixed(1));
    this.output.write(this.output.isTTY ? `${CLEAR_LINE}  ${current.step} ... ${text}\n` : ` ${text}\n`);
  }

  private draw(): void {
    if (!this.current) return;
    const { step, since, detail } = this.current;
    this.frame = (this.frame + 1) % FRAMES.length;
    const seconds = Math.floor((performance.now() - since) / 1000);
    const line = `${FRAMES[this.frame]} ${step} ...${detail}${seconds > 0 ? ` ${seconds} s` : ''}`;
    // A line that wraps could not be drawn over.
    this.output.write(`${CLEAR_LINE}${line.slice(0, Math.max(10, (this.output.columns || 80) - 1))}`);
  }
}
