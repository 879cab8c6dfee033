/** A caller who can tell whether anything of its call was lost. */
import type { OpenVoiceSocket } from '@orbisvoice/client/call/voice-socket';
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { nodeSocketOpener } from '@orbisvoice/client/node/node-socket';
import { NodeVoice } from '@orbisvoice/client/node/node-voice';
import { INPUT_SAMPLE_RATE_HZ } from '@orbisvoice/client/protocol/audio-frame';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';

/** What such callers need of a platform. */
export interface CallRig {
  newCall(): WatchedCall;
  /** Texts of the stored turns, and whether the conversation has ended. */
  stored(conversationId: string): Promise<{ texts: string[]; ended: boolean }>;
}

const FRAME_MS = 100;
const ANSWER_TIMEOUT_MS = 60_000;

export interface Sighting {
  /** By the clock, to be found in logs. */
  at: string;
  what: string;
}

/** Some minutes of talk. */
const MAX_SEEN = 2_000;

/** A caller who writes, listens, keeps an open microphone, and measures how long it was without its call. */
export class WatchedCall {
  readonly gapsMs: number[] = [];
  conversationId = '';
  endedEarly = '';
  /** Turns of the agent that came to their end. */
  answers = 0;
  /** What the caller noticed, newest last. */
  readonly seen: Sighting[] = [];
  /** Undefined while there is a connection. */
  private lostAt: number | undefined;
  private readonly voice: NodeVoice;

  private vanished = false;
  private readonly sockets = new Set<ReturnType<OpenVoiceSocket>>();

  constructor(url: string, getToken: () => Promise<string>) {
    const opener = nodeSocketOpener();
    const openSocket: OpenVoiceSocket = (...args) => {
      const socket = opener(...args);
      this.sockets.add(socket);
      return socket;
    };
    const token = () => (this.vanished ? Promise.reject(new Error('vanished')) : getToken());
    this.voice = new NodeVoice({ url, getToken: token, openSocket, frameMs: FRAME_MS });
    this.voice.on('stateChanged', ({ to }) => {
      this.note(`is ${to}`);
      if (to === 'reconnecting') this.lostAt = performance.now();
    });
    this.voice.on('started', ({ resumed }) => {
      if (!resumed) return;
      this.gapsMs.push(this.lostAt === undefined ? 0 : performance.now() - this.lostAt);
      this.lostAt = undefined;
    });
    this.voice.on('interrupted', ({ turn }) => this.note(`turn ${turn} is interrupted`));
    this.voice.on('transcriptFinished', ({ turn, role, generated }) => {
      this.note(`turn ${turn}, ${role}: ${generated}`);
      if (role === 'agent') this.answers += 1;
    });
    this.voice.on('moveRequested', () => this.note('is asked to move'));
    this.voice.on('error', ({ kind, message }) => this.note(`error ${kind}: ${message}`));
    this.voice.on('ended', ({ reason }) => {
      if (reason !== 'client_ended') this.endedEarly = reason;
    });
  }

  async start(): Promise<void> {
    this.conversationId = (await this.voice.start()).conversationId;
  }

  /** Writes it and resolves with the answer once that has been heard. */
  async ask(text: string): Promise<string> {
    const answer = waitFor(this.voice, 'transcriptFinished', (turn) => turn.role === 'agent', ANSWER_TIMEOUT_MS);
    this.voice.call.sendText(text);
    return (await answer).generated.trim();
  }

  /** Says it aloud, in tone code, and resolves with the answer when it is as long as expected, or with what there is when time is up. */
  async say(text: string, expected: string): Promise<string> {
    const samples = encodeUtterance(text, { sampleRateHz: INPUT_SAMPLE_RATE_HZ });
    return await this.answerTo(() => this.voice.speak(samples), expected);
  }

  /** The same, written. */
  async write(text: string, expected: string): Promise<string> {
    return await this.answerTo(() => this.voice.call.sendText(text), expected);
  }

  private note(what: string): void {
    this.seen.push({ at: new Date().toISOString(), what });
    if (this.seen.length > MAX_SEEN) this.seen.shift();
  }

  private async answerTo(tell: () => unknown, expected: string): Promise<string> {
    this.note(`expects: ${expected}`);
    let answer = '';
    const heard = Promise.withResolvers<void>();
    // An answer that was cut by a lost connection goes on in another turn.
    const stop = this.voice.on('transcriptFinished', ({ role, generated }) => {
      if (role === 'agent') answer = `${answer} ${generated.trim()}`.trim();
      if (answer.length >= expected.length) heard.resolve();
    });
    const timer = setTimeout(() => heard.resolve(), ANSWER_TIMEOUT_MS);
    await tell();
    await heard.promise;
    clearTimeout(timer);
    stop();
    this.note(answer === expected ? 'is answered' : `is answered with: ${answer}`);
    return answer;
  }

  /** Is gone without a word, and does not come back. */
  vanish(): void {
    this.vanished = true;
    for (const socket of this.sockets) socket.abandon();
  }

  async end(): Promise<void> {
    await this.voice.end();
  }
}
