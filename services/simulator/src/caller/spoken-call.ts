/** A caller who speaks in tone code and can read what it hears: the receiving end of a call, checked word for word. */
import { waitFor } from '@orbisvoice/client/call/wait-for';
import { NodeVoice } from '@orbisvoice/client/node/node-voice';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import { ToneDecoder } from '@orbisvoice/tone-code/tone-decoder';

export interface FinishedTurn {
  turn: number;
  role: 'user' | 'agent';
  generated: string;
  heard: string;
  interrupted: boolean;
}

const MAX_RECORDED_MS = 300_000;

export class SpokenCall {
  readonly voice: NodeVoice;
  /** As the gateway reported them, in order. */
  readonly turns: FinishedTurn[] = [];
  readonly errors: string[] = [];

  constructor(url: string, getToken: () => Promise<string>, options: { agentId?: string; frameMs?: number } = {}) {
    this.voice = new NodeVoice({ url, getToken, recordMs: MAX_RECORDED_MS, ...options });
    this.voice.on('transcriptFinished', (turn) => this.turns.push(turn));
    this.voice.on('error', (error) => this.errors.push(`${error.kind}: ${error.message}`));
  }

  async start(): Promise<string> {
    return (await this.voice.start()).conversationId;
  }

  /** Says it and resolves when the last sample has been sent. */
  async say(text: string): Promise<void> {
    await this.voice.speak(encodeUtterance(text, { sampleRateHz: 16_000 }));
  }

  /** Says it and resolves with the agent's answer once that has been played. */
  async ask(text: string): Promise<FinishedTurn> {
    const answer = this.nextAgentTurn();
    await this.say(text);
    return await answer;
  }

  async nextAgentTurn(timeoutMs = 60_000, saying = /./): Promise<FinishedTurn> {
    return await waitFor(
      this.voice,
      'transcriptFinished',
      (turn) => turn.role === 'agent' && saying.test(turn.generated),
      timeoutMs,
    );
  }

  /** Resolves when that much of the next agent turn has been heard. */
  async nextHeardMs(ms: number): Promise<void> {
    const before = this.voice.player.heard.at(-1)?.turn ?? 0;
    const played = () => this.voice.player.heard.findLast(({ turn }) => turn > before)?.playedMs ?? 0;
    while (played() < ms) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** The words that can be read from what was played of a turn. The last one may have been cut in the middle. */
  wordsHeard(turn: number): string[] {
    const played = this.voice.player.heard.find((candidate) => candidate.turn === turn);
    if (!played) return [];
    const decoder = new ToneDecoder({ sampleRateHz: 24_000 });
    const words = [...decoder.push(played.samples), ...decoder.flush()];
    return words.flatMap((word) => (word.damaged ? [] : [word.text]));
  }

  async end(): Promise<void> {
    await this.voice.end();
  }
}
