import { resampleAllPcm } from '../audio/resample-all.js';
import type { CallEnded, CallEvents } from '../call/call-events.js';
import type { Listener } from '../call/typed-emitter.js';
import { VoiceCall } from '../call/voice-call.js';
import type { VoiceCallOptions } from '../call/voice-call.js';
import { INPUT_SAMPLE_RATE_HZ } from '../protocol/audio-frame.js';
import type { CallStarted } from '../protocol/messages.js';
import type { AudioClock } from './audio-clock.js';
import { nodeSocketOpener } from './node-socket.js';
import type { NodeSocketOptions } from './node-socket.js';
import { PacedSource } from './paced-source.js';
import { VirtualPlayer } from './virtual-player.js';

export type NodeVoiceOptions = Omit<VoiceCallOptions, 'openSocket'> & {
  /** Length of the audio frames sent, 10 to 200 ms; default 40. */
  frameMs?: number;
  /** How much of what the agent says is kept in `player.heard`; default 0. */
  recordMs?: number;
  /** Origin, headers and handshake timeout of the connection. */
  socket?: NodeSocketOptions;
  openSocket?: VoiceCallOptions['openSocket'];
  clock?: AudioClock;
};

/** A call in Node, with a microphone that says recordings and a listener that plays in real time. For tests, load and scripts. */
export class NodeVoice {
  readonly call: VoiceCall;
  readonly source: PacedSource;
  readonly player: VirtualPlayer;

  constructor(options: NodeVoiceOptions) {
    const { frameMs, recordMs, socket, clock } = options;
    const call = new VoiceCall({ ...options, openSocket: options.openSocket ?? nodeSocketOpener(socket) });
    this.call = call;
    this.source = new PacedSource({ frameMs, clock, send: (frame) => call.sendAudio(frame) });
    this.player = new VirtualPlayer({
      recordMs,
      clock,
      report: (turn, playedMs) => call.reportPlayback(turn, playedMs),
    });
    call.on('audioReceived', (audio) => this.player.push(audio));
    call.on('interrupted', ({ turn }) => this.player.flush(turn));
    call.on('ended', () => {
      this.source.stop();
      this.player.stop();
    });
  }

  on<Name extends keyof CallEvents>(name: Name, listener: Listener<CallEvents[Name]>): () => void {
    return this.call.on(name, listener);
  }

  /** @throws VoiceError like `VoiceCall.start`. */
  async start(): Promise<CallStarted> {
    const started = await this.call.start();
    if (this.call.state !== 'ended') {
      this.source.start();
      this.player.start();
    }
    return started;
  }

  /** Says a recording in real time. Resolves when the last frame of it has been sent. */
  speak(samples: Int16Array, sampleRateHz = INPUT_SAMPLE_RATE_HZ): Promise<void> {
    return this.source.speak(resampleAllPcm(samples, sampleRateHz, INPUT_SAMPLE_RATE_HZ));
  }

  end(): Promise<CallEnded> {
    return this.call.end();
  }
}
