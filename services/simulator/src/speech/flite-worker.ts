/**
 * The thread that speaks: runs CMU Flite (WebAssembly) once per sentence and posts mono s16le audio at 16 kHz back. It gives
 * Flite just the few WASI calls it makes, with its output file in memory, so nothing touches the disk.
 * Node runs this file as it is in tests, so it must stay free of relative imports and of syntax that types can't be erased from.
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** The little of WebAssembly that is needed: its types come with the DOM library only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

interface Memory {
  readonly buffer: ArrayBuffer;
}

interface Request {
  id: number;
  text: string;
  voice: string;
}

const FOLDER_DESCRIPTOR = 3;
const FILE_DESCRIPTOR = 4;
const BAD_DESCRIPTOR = 8;
const FOLDER = '/out';
const WAV_HEADER_BYTES = 44;
const REGULAR_FILE = 4;
const DIRECTORY = 3;
const MAX_WAV_BYTES = 8 * 1024 * 1024;

class Exit extends Error {}

const module = new WebAssembly.Module(readFileSync((workerData as { wasmPath: string }).wasmPath));

parentPort?.on('message', ({ id, text, voice }: Request) => {
  try {
    const pcm = speak(text, voice);
    parentPort?.postMessage({ id, pcm }, [pcm]);
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) }, []);
  }
});

function speak(text: string, voice: string): ArrayBuffer {
  const file = new MemoryFile();
  const host = new Host(['flite', '-voice', voice, '-t', text, '-o', `${FOLDER}/speech.wav`], file);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: host.imports() });
  host.memory = instance.exports['memory'] as Memory;
  try {
    (instance.exports['_start'] as () => void)();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  if (file.length <= WAV_HEADER_BYTES) throw new Error('the speech synthesizer made no audio');
  return file.bytes.slice(WAV_HEADER_BYTES, file.length - (file.length % 2)).buffer as ArrayBuffer;
}

class MemoryFile {
  bytes = new Uint8Array(256 * 1024);
  length = 0;
  position = 0;

  write(part: Uint8Array): void {
    const end = this.position + part.length;
    if (end > MAX_WAV_BYTES) throw new Error('the text is too long to speak in one piece');
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(part, this.position);
    this.position = end;
    this.length = Math.max(this.length, end);
  }

  seek(offset: number, whence: number): number {
    const from = whence === 0 ? 0 : whence === 1 ? this.position : this.length;
    this.position = Math.min(MAX_WAV_BYTES, Math.max(0, from + offset));
    return this.position;
  }
}

/** The WASI calls, see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md. */
class Host {
  memory: Memory | undefined;
  private readonly args: Uint8Array[];
  private readonly file: MemoryFile;

  constructor(args: string[], file: MemoryFile) {
    this.args = args.map((text) => new TextEncoder().encode(`${text.replaceAll('\0', '')}\0`));
    this.file = file;
  }

  imports(): Record<string, (...args: never[]) => number> {
    return {
      args_sizes_get: (count: number, size: number) => {
        this.view.setUint32(count, this.args.length, true);
        this.view.setUint32(
          size,
          this.args.reduce((sum, text) => sum + text.length, 0),
          true,
        );
        return 0;
      },
      args_get: (pointers: number, buffer: number) => {
        let at = buffer;
        this.args.forEach((text, n) => {
          this.view.setUint32(pointers + 4 * n, at, true);
          new Uint8Array(this.view.buffer).set(text, at);
          at += text.length;
        });
        return 0;
      },
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.view.setBigUint64(result, BigInt(Date.now()) * 1_000_000n, true);
        return 0;
      },
      fd_close: () => 0,
      fd_fdstat_get: (descriptor: number, result: number) => this.describe(descriptor, result),
      fd_fdstat_set_flags: () => 0,
      fd_prestat_get: (descriptor: number, result: number) => {
        if (descriptor !== FOLDER_DESCRIPTOR) return BAD_DESCRIPTOR;
        this.view.setUint32(result, 0, true);
        this.view.setUint32(result + 4, FOLDER.length, true);
        return 0;
      },
      fd_prestat_dir_name: (_descriptor: number, path: number) => {
        new Uint8Array(this.view.buffer).set(new TextEncoder().encode(FOLDER), path);
        return 0;
      },
      fd_read: (_descriptor: number, _vectors: number, _count: number, result: number) => {
        this.view.setUint32(result, 0, true);
        return 0;
      },
      fd_seek: (_descriptor: number, offset: bigint, whence: number, result: number) => {
        this.view.setBigUint64(result, BigInt(this.file.seek(Number(offset), whence)), true);
        return 0;
      },
      fd_write: (descriptor: number, vectors: number, count: number, result: number) =>
        this.write(descriptor, vectors, count, result),
      path_open: (...args: never[]) => {
        this.view.setUint32(args[8] as unknown as number, FILE_DESCRIPTOR, true);
        return 0;
      },
      proc_exit: () => {
        throw new Exit();
      },
    };
  }

  private get view(): DataView {
    return new DataView((this.memory as Memory).buffer);
  }

  private describe(descriptor: number, result: number): number {
    const kind = descriptor === FOLDER_DESCRIPTOR ? DIRECTORY : REGULAR_FILE;
    this.view.setUint8(result, kind);
    this.view.setUint16(result + 2, 0, true);
    this.view.setBigUint64(result + 8, 0xffff_ffff_ffff_ffffn, true);
    this.view.setBigUint64(result + 16, 0xffff_ffff_ffff_ffffn, true);
    return 0;
  }

  /** Writes to the file are kept; what Flite prints is dropped. */
  private write(descriptor: number, vectors: number, count: number, result: number): number {
    let written = 0;
    for (let n = 0; n < count; n++) {
      const from = this.view.getUint32(vectors + 8 * n, true);
      const length = this.view.getUint32(vectors + 8 * n + 4, true);
      if (descriptor === FILE_DESCRIPTOR) this.file.write(new Uint8Array(this.view.buffer, from, length));
      written += length;
    }
    this.view.setUint32(result, written, true);
    return 0;
  }
}
