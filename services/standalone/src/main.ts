/** `npm start`: the whole platform on this machine, for this machine only. */
import { parseArguments, USAGE } from './arguments.js';
import { standaloneConfig, type StandaloneConfig } from './config.js';
import { Progress } from './progress.js';
import { RunsAlready } from './runs-already.js';
import { Standalone } from './standalone.js';
import { explainStartFailure } from './start-failure.js';

const STOP_TIMEOUT_MS = 4_700;
/** One Ctrl-C may arrive twice: from the terminal, and from npm, which passes it on. */
const SAME_SIGNAL_MS = 500;

/** Runs until Ctrl-C or SIGTERM. A second Ctrl-C, or 4.7 s, ends it at once; Postgres then ends by its watchdog. */
export async function main(args: string[], environment: NodeJS.ProcessEnv): Promise<void> {
  // A closed terminal or pipe must not keep the last turns from being stored.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  const progress = new Progress(process.stdout);
  let config: StandaloneConfig | undefined;
  let session: Session | undefined;
  try {
    const { fresh, help } = parseArguments(args);
    if (help) {
      process.stdout.write(USAGE);
      return;
    }
    config = standaloneConfig.load(environment);
    session = new Session(config, progress);
    await session.start(fresh);
  } catch (error) {
    // Whoever stopped it knows, and sees it end.
    if (session?.isStopping) return;
    if (error instanceof RunsAlready) {
      process.stdout.write(error.message);
      process.exit(0);
    }
    progress.fail();
    const problems = explainStartFailure(error, config?.ports);
    process.stderr.write(`OrbisVoice can't start.\n${problems.map((problem) => `  ${problem}\n`).join('')}`);
    await session?.abandon();
    process.exit(1);
  }
}

/** One run of the platform, and the ways in which it may be told to end. */
class Session {
  private stoppingSince: number | undefined;
  private readonly standalone: Standalone;

  constructor(
    config: StandaloneConfig,
    private readonly progress: Progress,
  ) {
    this.standalone = new Standalone(config, {
      onProgress: (step) => progress.step(step),
      onDatabaseLost: (log) => {
        process.stderr.write(
          `\nThe database has ended unexpectedly (see ${log}), so OrbisVoice stops: start it again.\n`,
        );
        this.stop(1);
      },
    });
  }

  get isStopping(): boolean {
    return this.stoppingSince !== undefined;
  }

  async start(fresh: boolean): Promise<void> {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.stop(0));
    const message = await this.standalone.start({ fresh });
    if (this.isStopping) return;
    this.progress.done();
    process.stdout.write(message);
  }

  /** After a failed start: ends what did start, in bounded time. */
  async abandon(): Promise<void> {
    this.stoppingSince = performance.now();
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS);
    await this.standalone.stop().catch(() => undefined);
  }

  private stop(exitCode: number): void {
    if (this.stoppingSince !== undefined) {
      if (performance.now() - this.stoppingSince > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    this.stoppingSince = performance.now();
    this.progress.interrupt();
    if (process.stdout.isTTY) process.stdout.write('\n'); // the terminal has shown ^C
    this.progress.step('Stopping');
    setTimeout(() => this.giveUp('it took too long'), STOP_TIMEOUT_MS);
    this.standalone.stop().then(
      () => {
        this.progress.done();
        process.exit(exitCode);
      },
      (error: unknown) => this.giveUp(String(error)),
    );
  }

  private giveUp(why: string): void {
    this.progress.fail();
    process.stderr.write(
      `Not all of it stopped cleanly (${why}), so it was ended; the next start recovers the data.\n`,
    );
    process.exit(1);
  }
}
