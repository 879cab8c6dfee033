/**
 * The hot path of a call: audio between client and provider, past the state machine. It only counts; whatever is a matter of rules
 * (a turn begins, a turn is cut) goes through the machine.
 */
import {
  AGENT_AUDIO,
  AUDIO_HEADER_BYTES,
  BYTES_PER_SAMPLE,
  CLIENT_AUDIO,
  INPUT_SAMPLE_RATE_HZ,
  MAX_INPUT_FRAME_BYTES,
  MIN_INPUT_FRAME_BYTES,
  OUTPUT_SAMPLE_RATE_HZ,
} from '@orbisvoice/client/protocol/audio-frame';
import { AGENT_FRAME_HEADER_AT, sampleBytesOf } from '../provider/agent-frame.js';
import type { Speech } from './call-state.js';
import { UplinkLedger } from './latency-ledger.js';
import { PRE_ROLL_MS } from './resumption/uplink-ring.js';

const INPUT_SAMPLES_PER_MS = INPUT_SAMPLE_RATE_HZ / 1000;
const OUTPUT_BYTES_PER_MS = (OUTPUT_SAMPLE_RATE_HZ / 1000) * BYTES_PER_SAMPLE;
/** Loud enough to be speech: about -40 dBFS at the peak. */
const VOICE_PEAK = 330;
/** Every n-th sample is looked at. */
const VOICE_STRIDE_BYTES = 16;
/** Sound after this much silence begins something new. */
const SPEECH_GAP_MS = 300;
/** A sound that is shorter than this, such as a click, is no speech. */
const SHORTEST_SPEECH_MS = 60;

export type FrameProblem = { field: string; message: string };

/** The uplink: checks frames, notices gaps, remembers what to acknowledge and when there was last a voice. */
export class Uplink {
  lastSequence = -1;
  lostFrames = 0;
  lastVoiceAt = 0;
  /** The last frame was loud enough to be speech. */
  voice = false;
  readonly ledger: UplinkLedger;
  /** Where the utterance begins that is being answered, until that is settled. */
  unsettled: number | undefined;
  private acknowledged = -1;
  /** Where the utterance that is not answered yet begins. */
  private utteranceAt: number | undefined;
  private speechSince = 0;
  /** The latest sound between two silences: when it began, how much of it there is, and where its last frame is. */
  private sound = { since: 0, voicedMs: 0, capturedMs: 0 };

  constructor(onSampled: ConstructorParameters<typeof UplinkLedger>[0] = () => undefined) {
    this.ledger = new UplinkLedger(onSampled);
  }

  /** 'stale' frames came twice and are to be dropped. A problem is the client's fault, and its call goes on. */
  take(frame: Buffer, at: number): 'fresh' | 'stale' | FrameProblem {
    const problem = checkFrame(frame);
    if (problem) return problem;
    const sequence = frame.readUInt32LE(4);
    if (sequence <= this.lastSequence) return 'stale';
    if (this.lastSequence >= 0) this.lostFrames += sequence - this.lastSequence - 1;
    this.lastSequence = sequence;
    this.voice = hasVoice(frame);
    const capturedMs = frame.readUInt32LE(8) / INPUT_SAMPLES_PER_MS;
    if (this.voice) {
      this.hears(at, capturedMs, durationMs(frame));
      this.lastVoiceAt = at;
      this.utteranceAt ??= sequence - Math.ceil(PRE_ROLL_MS / durationMs(frame));
    }
    this.ledger.arrived(at, capturedMs, this.voice);
    return 'fresh';
  }

  /** When there was speech. */
  get speech(): Speech {
    return { since: this.speechSince, until: this.lastVoiceAt };
  }

  private hears(at: number, capturedMs: number, forMs: number): void {
    const { sound } = this;
    // By the client's clock, if it tells one: frames that a bad network brings late and together are no pause.
    const gapMs = capturedMs > sound.capturedMs ? capturedMs - sound.capturedMs - forMs : at - this.lastVoiceAt;
    const goesOn = this.lastVoiceAt > 0 && gapMs <= SPEECH_GAP_MS;
    const { since, voicedMs } = goesOn ? sound : { since: at, voicedMs: 0 };
    this.sound = { since, voicedMs: voicedMs + forMs, capturedMs };
    if (this.sound.voicedMs >= SHORTEST_SPEECH_MS) this.speechSince = since;
  }

  /** What was said is being answered. */
  answered(): void {
    this.unsettled ??= this.utteranceAt;
    this.utteranceAt = undefined;
  }

  /** All that is known of the utterance that began there is where another gateway finds it: none will have to hear it. */
  settled(utteranceAt: number): void {
    if (this.unsettled === utteranceAt) this.unsettled = undefined;
  }

  /** Goes on where another gateway stopped: the frames up to that one need not be heard. */
  restore(heardUpTo: number): void {
    this.lastSequence = heardUpTo;
  }

  /** The last frame that no other gateway has to hear; `complete`: the text of what is being answered is known. */
  heardUpTo(complete: boolean): number {
    const unsettled = complete ? undefined : this.unsettled;
    return Math.min(this.lastSequence, (this.utteranceAt ?? Infinity) - 1, (unsettled ?? Infinity) - 1);
  }

  /**
   * Up to where the client need not keep its frames, -1 when that has not changed. What is being said it keeps, as far as it can: should
   * this gateway die, the next one has to hear it from its beginning.
   */
  acknowledge(): number {
    const upTo = this.heardUpTo(false);
    if (upTo <= this.acknowledged) return -1;
    this.acknowledged = upTo;
    return upTo;
  }
}

function durationMs(frame: Buffer): number {
  return (frame.length - AUDIO_HEADER_BYTES) / BYTES_PER_SAMPLE / INPUT_SAMPLES_PER_MS;
}

function checkFrame(frame: Buffer): FrameProblem | undefined {
  const bytes = frame.length - AUDIO_HEADER_BYTES;
  if (bytes < 0)
    return { field: 'audio', message: `an audio frame begins with a header of ${AUDIO_HEADER_BYTES} bytes` };
  if (frame[0] !== CLIENT_AUDIO) return { field: 'audio.kind', message: `must be ${CLIENT_AUDIO} in a client's frame` };
  if (bytes % BYTES_PER_SAMPLE !== 0) return { field: 'audio', message: 'must hold whole 16-bit samples' };
  if (bytes < MIN_INPUT_FRAME_BYTES || bytes > MAX_INPUT_FRAME_BYTES) {
    return {
      field: 'audio',
      message: `must hold ${MIN_INPUT_FRAME_BYTES} to ${MAX_INPUT_FRAME_BYTES} bytes of samples (10 to 200 ms at 16 kHz), not ${bytes}`,
    };
  }
  return undefined;
}

function hasVoice(frame: Buffer): boolean {
  for (let offset = AUDIO_HEADER_BYTES; offset + 1 < frame.length; offset += VOICE_STRIDE_BYTES) {
    const sample = frame.readInt16LE(offset);
    if (sample > VOICE_PEAK || sample < -VOICE_PEAK) return true;
  }
  return false;
}

/** The downlink: puts headers on the model's audio and counts what of a turn has been generated. */
export class Downlink {
  private turn = 0;
  private bytes = 0;
  private sequence = 0;

  get nextSequence(): number {
    return this.sequence;
  }

  restore(nextSequence: number): void {
    this.sequence = nextSequence;
  }

  /** Audio generated in that turn so far, in ms. */
  generatedMs(turn: number): number {
    return turn === this.turn ? this.bytes / OUTPUT_BYTES_PER_MS : 0;
  }

  /** Fills in the header that the frame has room for. */
  stamp(frame: Buffer, turn: number): void {
    if (turn !== this.turn) {
      this.turn = turn;
      this.bytes = 0;
    }
    frame[AGENT_FRAME_HEADER_AT] = AGENT_AUDIO;
    frame[AGENT_FRAME_HEADER_AT + 1] = 0;
    frame.writeUInt16LE(turn & 0xffff, AGENT_FRAME_HEADER_AT + 2);
    frame.writeUInt32LE(this.sequence, AGENT_FRAME_HEADER_AT + 4);
    frame.writeUInt32LE(this.bytes / BYTES_PER_SAMPLE, AGENT_FRAME_HEADER_AT + 8);
    this.sequence = (this.sequence + 1) >>> 0;
    this.bytes += sampleBytesOf(frame);
  }
}
