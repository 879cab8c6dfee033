/** A thread for schemas (schema-worker.ts), and the queue before it. */
import { Worker } from 'node:worker_threads';
import { DomainError } from '@orbisvoice/service-kit/errors';
import type { Job, JobResult } from './schema-worker.js';

export interface SchemaThreadOptions {
  /** What one job may use of the processor. Waiting for the processor is not counted. */
  cpuBudgetMs: number;
}

/** The thread used more than its budget on one job, and was ended. */
export class TooMuchWorkError extends Error {
  override readonly name = 'TooMuchWorkError';
}

interface QueuedJob {
  job: Job;
  resolve(result: JobResult): void;
  reject(error: Error): void;
}

interface Answer {
  id: number;
  result: JobResult;
}

const MAX_QUEUED_OF_ONE = 64;
const MAX_QUEUED = 1_000;
const MAX_HEAP_MB = 128;
const LOOK_EVERY_MS = 50;
/** For a thread that can't be asked what it used. */
const MAX_WALL_MS = 30_000;

/** One job after the other, owners in turn: nobody's jobs make others wait for more than one of them. Starts at the first job. */
export class SchemaThread {
  private readonly queues = new Map<string, QueuedJob[]>();
  private queued = 0;
  private worker: Worker | undefined;
  private running: QueuedJob | undefined;
  private id = 0;
  private closed = false;

  constructor(private readonly options: SchemaThreadOptions) {}

  /** @throws TooMuchWorkError; DomainError `resource_exhausted` when too much waits, `unavailable` when closed */
  async run(owner: string, job: Job): Promise<JobResult> {
    if (this.closed) throw new DomainError('unavailable', 'The service is stopping.');
    const queue = this.queues.get(owner) ?? [];
    if (queue.length >= MAX_QUEUED_OF_ONE || this.queued >= MAX_QUEUED) {
      throw new DomainError('resource_exhausted', 'Too much is being checked at once. Try again in a moment.', {
        retryable: true,
        retryAfterMs: 1_000,
      });
    }
    return await new Promise<JobResult>((resolve, reject) => {
      queue.push({ job, resolve, reject });
      this.queues.set(owner, queue);
      this.queued += 1;
      this.next();
    });
  }

  /** The thread, so that the first job does not wait for it. */
  warmUp(): void {
    if (!this.closed) this.worker ??= this.start();
  }

  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    this.worker = undefined;
    const left = [...this.queues.values()].flat();
    if (this.running) left.push(this.running);
    this.queues.clear();
    this.running = undefined;
    for (const { reject } of left) reject(new DomainError('unavailable', 'The service is stopping.'));
    await worker?.terminate();
  }

  private next(): void {
    const first = this.queues.entries().next();
    if (this.running || first.done || this.closed) return;
    const [owner, queue] = first.value;
    // Deleting first moves the owner to the end of the line.
    this.queues.delete(owner);
    this.running = queue.shift()!;
    if (queue.length > 0) this.queues.set(owner, queue);
    this.queued -= 1;
    const worker = (this.worker ??= this.start());
    worker.ref();
    this.id += 1;
    worker.postMessage({ id: this.id, job: this.running.job }, []);
    void this.watch(worker, this.id);
  }

  private start(): Worker {
    // Under the test runner this is the TypeScript source, which Node runs as it is.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./schema-worker.${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.on('message', ({ id, result }: Answer) => {
      if (worker === this.worker && id === this.id) this.settle((job) => job.resolve(result));
    });
    worker.on('error', (error) => this.lose(worker, outOfMemory(error) ? new TooMuchWorkError() : (error as Error)));
    worker.on('exit', () => this.lose(worker, new Error('the thread for schemas stopped')));
    worker.unref();
    return worker;
  }

  /** Ends the thread when this job has used too much. */
  private async watch(worker: Worker, id: number): Promise<void> {
    const startedAt = performance.now();
    let before: NodeJS.CpuUsage | undefined;
    const isRunning = () => this.worker === worker && this.id === id && this.running !== undefined;
    while (isRunning()) {
      // Not before it runs: starting is no work of the job's.
      if (worker.threadId > 0) before ??= await cpuUsageOf(worker);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS).unref());
      if (!isRunning()) return;
      const now = await cpuUsageOf(worker);
      const usedMs = before && now ? (now.user + now.system - before.user - before.system) / 1_000 : 0;
      const tooMuch = usedMs > this.options.cpuBudgetMs || performance.now() - startedAt > MAX_WALL_MS;
      if (isRunning() && tooMuch) this.lose(worker, new TooMuchWorkError());
    }
  }

  private lose(worker: Worker, error: Error): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    void worker.terminate();
    this.settle((job) => job.reject(error));
  }

  private settle(how: (job: QueuedJob) => void): void {
    const { running } = this;
    this.running = undefined;
    this.worker?.unref();
    if (running) how(running);
    this.next();
  }
}

async function cpuUsageOf(worker: Worker): Promise<NodeJS.CpuUsage | undefined> {
  return await worker.cpuUsage().catch(() => undefined);
}

function outOfMemory(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
}
