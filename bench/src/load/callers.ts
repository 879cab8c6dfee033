/**
 * Many callers in one process: each sends a frame of audio at a steady pace and notes when the same samples come back from the echoing
 * provider. The round trip holds everything between the caller's two system calls; nothing is subtracted.
 */
import type { Socket } from 'node:net';
import {
  AUDIO_HEADER_BYTES,
  CLIENT_AUDIO,
  INPUT_SAMPLE_RATE_HZ,
  writeAudioHeader,
} from '@orbisvoice/client/protocol/audio-frame';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { percentile } from '../statistics.js';
import { connectWebSocket, OPCODE, PreparedFrame, sendFrame, unmasked } from './raw-websocket.js';

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
  /** How late the callers themselves were with their frames, 99th percentile: what part of a delay may be theirs. */
  lateP99Ms: number;
}

const START_TIMEOUT_MS = 30_000;
const END_TIMEOUT_MS = 3_000;
const DRAIN_MS = 1_500;
const CONNECTS_AT_ONCE = 10;
/** Marks samples that are ours, so that anything else that comes is seen. */
const MAGIC = 0x4f56_4258;
const MARK_BYTES = 12;
/** As fast as a gateway lets a caller send: the kernel's buffers alone hold some megabytes before a slow reader is noticed. */
const CATCH_UP = 3;

export class Callers {
  private readonly callers: Caller[];

  constructor(private readonly options: CallersOptions) {
    const { calls, url, frameMs } = options;
    this.callers = Array.from({ length: calls }, () => new Caller(url, frameMs));
  }

  /** Connects all calls, a few at a time. */
  async start(): Promise<void> {
    const { token } = this.options;
    const waiting = [...this.callers];
    const worker = async () => {
      for (let caller = waiting.pop(); caller; caller = waiting.pop()) await caller.connect(await token?.());
    };
    await Promise.all(Array.from({ length: CONNECTS_AT_ONCE }, worker));
  }

  /** Talks for that long and returns what came back, without the callers who stopped reading. The calls go on. */
  async talk(durationMs: number): Promise<LoadResult> {
    const { frameMs } = this.options;
    for (const caller of this.callers) caller.reset();
    const startedAt = performance.now();
    const lateMs: number[] = [];
    // Every caller has a place within the frame time, so that the load is as even as independent callers make it.
    const perTick = this.callers.length / frameMs;
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const elapsed = performance.now() - startedAt;
        if (Math.floor(elapsed) > ticks) lateMs.push(elapsed - ticks - 1);
        for (; ticks < Math.floor(elapsed); ticks++) {
          const first = Math.floor((ticks % frameMs) * perTick);
          const end = Math.floor(((ticks % frameMs) + 1) * perTick);
          for (let i = first; i < end; i++) this.callers[i]!.speak();
        }
        if (elapsed < durationMs) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    return { ...this.collect(), lateP99Ms: percentile(lateMs, 0.99) };
  }

  /** The first `count` callers read nothing any more, but go on talking, and faster: their answers pile up. */
  stopReading(count: number): void {
    for (const caller of this.callers.slice(0, count)) caller.stopReading();
  }

  /** They read again. Resolves with what those callers have been told by then. */
  async readAgain(): Promise<string[][]> {
    const slow = this.callers.filter((caller) => caller.slow);
    for (const caller of slow) caller.readAgain();
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    return slow.map((caller) => caller.errors.splice(0));
  }

  async end(): Promise<void> {
    await Promise.all(this.callers.map((caller) => caller.end()));
  }

  private collect(): Omit<LoadResult, 'lateP99Ms'> {
    const reading = this.callers.filter((caller) => !caller.slow);
    const sum = (of: (caller: Caller) => number) => reading.reduce((total, caller) => total + of(caller), 0);
    const roundTripsMs = Float64Array.from(reading.flatMap((caller) => caller.roundTripsMs));
    const framesSent = sum((caller) => caller.sent);
    return {
      roundTripsMs,
      framesSent,
      framesLost: framesSent - roundTripsMs.length,
      bytesReceived: sum((caller) => caller.bytesReceived),
      errors: reading.flatMap((caller) => caller.errors),
    };
  }
}

class Caller {
  sent = 0;
  roundTripsMs: number[] = [];
  bytesReceived = 0;
  errors: string[] = [];
  slow = false;
  private sequence = 0;
  private ending = false;
  private socket: Socket | undefined;
  private readonly frame: PreparedFrame;
  private readonly mark = Buffer.alloc(AUDIO_HEADER_BYTES + MARK_BYTES);
  private readonly started = Promise.withResolvers<void>();

  constructor(
    private readonly url: string,
    frameMs: number,
  ) {
    const samples = (INPUT_SAMPLE_RATE_HZ / 1000) * 2 * frameMs;
    this.frame = new PreparedFrame(OPCODE.binary, Buffer.alloc(AUDIO_HEADER_BYTES + samples), true);
    this.mark.writeUInt32LE(MAGIC, AUDIO_HEADER_BYTES);
    this.started.promise.catch(() => undefined);
  }

  async connect(token: string | undefined): Promise<void> {
    const { promise, reject } = this.started;
    const timer = setTimeout(() => reject(new Error('the call did not start in time')), START_TIMEOUT_MS);
    this.socket = await connectWebSocket(this.url, VOICE_SUBPROTOCOL, (opcode, payload) =>
      this.receive(opcode, payload),
    );
    this.socket.on('error', (error) => this.errors.push(error.message));
    this.socket.once('close', () => {
      if (!this.ending) this.errors.push('the connection was closed');
      reject(new Error(this.errors.join('; ')));
    });
    if (token !== undefined) this.sendText({ type: 'call.start', token });
    await promise;
    clearTimeout(timer);
  }

  reset(): void {
    this.sent = 0;
    this.roundTripsMs = [];
    this.bytesReceived = 0;
  }

  speak(): void {
    for (let i = 0; i < (this.slow ? CATCH_UP : 1); i++) this.sendFrame();
  }

  stopReading(): void {
    this.slow = true;
    this.socket?.pause();
  }

  readAgain(): void {
    this.slow = false;
    this.socket?.resume();
  }

  async end(): Promise<void> {
    this.ending = true;
    const { socket } = this;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), END_TIMEOUT_MS);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      sendFrame(socket, OPCODE.close, Buffer.from([0x03, 0xe8]), true); // 1000
    });
  }

  private sendFrame(): void {
    const { socket, mark } = this;
    if (!socket || socket.destroyed || this.ending) return;
    const sequence = this.sequence++;
    writeAudioHeader(mark, { kind: CLIENT_AUDIO, turn: 0, sequence, timestamp: sequence });
    mark.writeDoubleLE(performance.now(), AUDIO_HEADER_BYTES + 4);
    this.frame.patch(mark, 0);
    this.frame.sendTo(socket);
    this.sent += 1;
  }

  private receive(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.binary) return this.hear(payload);
    if (opcode === OPCODE.ping) return sendFrame(this.socket!, OPCODE.pong, unmasked(payload, undefined), true);
    if (opcode === OPCODE.close) this.closed(payload);
    if (opcode !== OPCODE.text) return;
    const message = JSON.parse(payload.toString()) as { type: string; message?: string };
    if (message.type === 'error') this.errors.push(message.message ?? 'error');
    if (message.type === 'call.started') this.started.resolve();
  }

  private closed(payload: Buffer): void {
    if (!this.ending) this.errors.push(`closed with ${payload.length < 2 ? 'no code' : payload.readUInt16BE(0)}`);
    this.ending = true;
    this.socket?.end();
  }

  private hear(frame: Buffer): void {
    this.bytesReceived += frame.length;
    if (frame.length < AUDIO_HEADER_BYTES + MARK_BYTES || frame.readUInt32LE(AUDIO_HEADER_BYTES) !== MAGIC) return;
    this.roundTripsMs.push(performance.now() - frame.readDoubleLE(AUDIO_HEADER_BYTES + 4));
  }

  private sendText(message: object): void {
    sendFrame(this.socket!, OPCODE.text, Buffer.from(JSON.stringify(message)), true);
  }
}
