import { setTimeout as sleep } from 'node:timers/promises';
import type { Step, ToolOutcome, ToolRequest } from '../mind/mind-script.js';
import type { Voice } from '../speech/voice.js';
import type { ServerContent } from '../wire/server-message.js';
import type { Pace } from './pace.js';
import { PacedOutput } from './paced-output.js';

/** Tool calls that lead to tool calls end here. */
const MAX_STEPS = 50;

export interface TurnHost {
  send(content: ServerContent): void;
  /** Sends tool calls to the client; resolves with the answers of those that the turn must wait for. */
  callTools(requests: ToolRequest[], turn: ModelTurn): Promise<ToolOutcome[]>;
  /** What to do about a tool's answer. */
  afterTool(outcome: ToolOutcome): Step[];
}

export interface TurnSettings {
  voice: Voice;
  pace: Pace;
  /** From the end of the input to the first output. */
  responseDelayMs: number;
}

/** One turn of the model: speaks and calls tools step by step, until it is done or stopped. */
export class ModelTurn {
  private readonly stopper = new AbortController();
  private readonly output: PacedOutput;
  private stepsTaken = 0;
  private spoke = false;

  constructor(
    private readonly steps: Step[],
    private readonly settings: TurnSettings,
    private readonly host: TurnHost,
  ) {
    this.output = new PacedOutput(settings.pace, (content) => host.send(content), this.stopper.signal);
  }

  /** What went out of its text so far. */
  get sentText(): string {
    return this.output.sentText;
  }

  get sentMs(): number {
    return this.output.sentMs;
  }

  get stopped(): boolean {
    return this.stopper.signal.aborted;
  }

  stop(): void {
    this.stopper.abort();
  }

  /** Runs the turn, up to the end of its playing. False when it was stopped. Rejects only for faults of the simulator. */
  async run(): Promise<boolean> {
    try {
      const { responseDelayMs, pace } = this.settings;
      if (responseDelayMs > 0) await sleep(responseDelayMs / pace.speed, undefined, { signal: this.stopper.signal });
      for (const step of this.steps) await this.take(step);
      await this.output.flush();
      this.stopper.signal.throwIfAborted();
      this.host.send({ generationComplete: true });
      await this.output.played();
      return true;
    } catch (error) {
      if (this.stopped) return false;
      throw error;
    }
  }

  private async take(step: Step): Promise<void> {
    this.stopper.signal.throwIfAborted();
    if (++this.stepsTaken > MAX_STEPS) return;
    if ('say' in step) {
      for await (const piece of this.settings.voice.speak(step.say, this.spoke)) {
        await this.output.write(piece);
        this.spoke = true;
      }
      return;
    }
    await this.output.flush();
    if ('thinkMs' in step) {
      await sleep(step.thinkMs / this.settings.pace.speed, undefined, { signal: this.stopper.signal });
      return;
    }
    const outcomes = await this.unlessStopped(this.host.callTools(step.call, this));
    for (const outcome of outcomes) {
      for (const next of this.host.afterTool(outcome)) await this.take(next);
    }
  }

  private unlessStopped<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.stopper;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }
}
