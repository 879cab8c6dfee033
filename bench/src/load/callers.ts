/**
 * Many callers in one process: each sends a frame of audio at a steady pace and notes when the same samples come back from the echoing
 * provider. The round trip holds everything between the caller's two system calls; nothing is subtracted.
 */
import {
  AUDIO_HEADER_BYTES,
  CLIENT_AUDIO,
  INPUT_SAMPLE_RATE_HZ,
  writeAudioHeader,
} from '@orbisvoice/client/protocol/audio-frame';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { WebSocket } from 'ws';

export interface CallersOptions {
  url: string;
  calls: number;
  frameMs: number;
  /** A token per call. Undefined: the bare relay, which asks for none. */
  token?: () => Promise<string>;
}

export interface LoadResult {
  roundTripsMs: Float64Array;
  framesSent: number;
  framesLost: number;
  bytesReceived: number;
  errors: string[];
}

const START_TIMEOUT_MS = 15_000;
const DRAIN_MS = 1_500;
/** Marks samples that are ours, so that anything else that comes is seen. */
const MAGIC = 0x4f56_4258;

export class Callers {
  private readonly callers: Caller[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: CallersOptions) {}

  /** Connects all calls, a few at a time. */
  async start(): Promise<void> {
    const { calls, url, token, frameMs } = this.options;
    for (let i = 0; i < calls; i++) this.callers.push(new Caller(url, frameMs));
    const waiting = [...this.callers];
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        for (let caller = waiting.pop(); caller; caller = waiting.pop()) await caller.connect(await token?.());
      }),
    );
  }

  /** Talks for that long and returns what came back. The calls go on. */
  async talk(durationMs: number): Promise<LoadResult> {
    const { frameMs } = this.options;
    for (const caller of this.callers) caller.reset();
    const startedAt = performance.now();
    // Every caller has a place within the frame time, so that the load is as even as independent callers make it.
    let ticks = 0;
    const perTick = this.callers.length / frameMs;
    await new Promise<void>((resolve) => {
      this.timer = setInterval(() => {
        const due = Math.floor(performance.now() - startedAt);
        for (; ticks < due; ticks++) {
          const first = Math.floor((ticks % frameMs) * perTick);
          const end = Math.floor(((ticks % frameMs) + 1) * perTick);
          for (let i = first; i < end; i++) this.callers[i]!.sendFrame();
        }
        if (due >= durationMs) {
          clearInterval(this.timer);
          resolve();
        }
      }, 1);
    });
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    return this.collect();
  }

  async end(): Promise<void> {
    await Promise.all(this.callers.map((caller) => caller.end()));
  }

  private collect(): LoadResult {
    const framesSent = this.callers.reduce((sum, caller) => sum + caller.sent, 0);
    const roundTripsMs = Float64Array.from(this.callers.flatMap((caller) => caller.roundTripsMs));
    return {
      roundTripsMs,
      framesSent,
      framesLost: framesSent - roundTripsMs.length,
      bytesReceived: this.callers.reduce((sum, caller) => sum + caller.bytesReceived, 0),
      errors: this.callers.flatMap((caller) => caller.errors),
    };
  }
}

class Caller {
  sent = 0;
  roundTripsMs: number[] = [];
  bytesReceived = 0;
  errors: string[] = [];
  private sequence = 0;
  private ending = false;
  private socket!: WebSocket;
  private readonly frame: Buffer;

  constructor(
    private readonly url: string,
    frameMs: number,
  ) {
    this.frame = Buffer.alloc(AUDIO_HEADER_BYTES + (INPUT_SAMPLE_RATE_HZ / 1000) * 2 * frameMs);
  }

  async connect(token: string | undefined): Promise<void> {
    this.socket = new WebSocket(this.url, [VOICE_SUBPROTOCOL], { perMessageDeflate: false });
    this.socket.on('error', (error) => this.errors.push(error.message));
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the call did not start in time')), START_TIMEOUT_MS);
      this.socket.once('open', () => {
        if (token !== undefined) this.socket.send(JSON.stringify({ type: 'call.start', token }));
      });
      this.socket.on('message', (data, isBinary) => {
        if (isBinary) this.receive(data as Buffer);
        else if (this.control(data.toString()) === 'call.started') {
          clearTimeout(timer);
          resolve();
        }
      });
      this.socket.once('close', (code) => {
        if (!this.ending) this.errors.push(`closed with ${code}`);
        reject(new Error(`closed with ${code}: ${this.errors.join('; ')}`));
      });
    });
  }

  reset(): void {
    this.sent = 0;
    this.roundTripsMs = [];
    this.bytesReceived = 0;
  }

  sendFrame(): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    // The socket may still hold the last frame, so each one is a copy.
    const frame = Buffer.from(this.frame);
    const sequence = this.sequence++;
    writeAudioHeader(frame, { kind: CLIENT_AUDIO, turn: 0, sequence, timestamp: sequence });
    frame.writeUInt32LE(MAGIC, AUDIO_HEADER_BYTES);
    frame.writeDoubleLE(performance.now(), AUDIO_HEADER_BYTES + 4);
    this.socket.send(frame);
    this.sent += 1;
  }

  async end(): Promise<void> {
    this.ending = true;
    if (this.socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.close(1000);
      setTimeout(() => this.socket.terminate(), 3_000).unref();
    });
  }

  private receive(frame: Buffer): void {
    this.bytesReceived += frame.length;
    if (frame.length < AUDIO_HEADER_BYTES + 12 || frame.readUInt32LE(AUDIO_HEADER_BYTES) !== MAGIC) return;
    this.roundTripsMs.push(performance.now() - frame.readDoubleLE(AUDIO_HEADER_BYTES + 4));
  }

  private control(text: string): string {
    const message = JSON.parse(text) as { type: string; message?: string };
    if (message.type === 'error') this.errors.push(message.message ?? 'error');
    return message.type;
  }
}
