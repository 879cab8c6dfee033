/** A healthy call that goes on beside whatever a test does to the gateway, and proves at its end that it felt nothing. */
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api-client.js';
import { SpokenCall } from './spoken-call.js';

const PAUSE_MS = 300;

export class BackgroundCall {
  private readonly call: SpokenCall;
  private readonly said: string[] = [];
  private talking: Promise<void> = Promise.resolve();
  private stopping = false;
  private id = '';

  constructor(
    private readonly api: ApiClient,
    streamUrl: string,
    agentId: string,
  ) {
    this.call = new SpokenCall(streamUrl, () => api.callToken(agentId));
  }

  async start(): Promise<void> {
    this.id = await this.call.start();
    this.talking = this.talk();
    this.talking.catch(() => undefined); // `proveUnharmed` throws it
  }

  /** Ends the call. Every word of both sides must have arrived, whole and in order, and must be stored. */
  async proveUnharmed(): Promise<void> {
    this.stopping = true;
    await this.talking;
    await this.call.end();
    const { errors, turns } = this.call;
    expect(errors).toEqual([]);
    expect(this.call.voice.call.stats).toMatchObject({
      framesDropped: 0,
      framesReplayed: 0,
      agentFramesLost: 0,
      reconnects: 0,
    });
    expect(this.said.length).toBeGreaterThan(2);
    const answers = turns.filter((turn) => turn.role === 'agent');
    expect(answers.length).toBe(this.said.length);
    for (const { turn, generated, interrupted } of answers) {
      expect({ interrupted, heard: this.call.wordsHeard(turn).join(' ') }).toEqual({
        interrupted: false,
        heard: generated.trim(),
      });
    }
    const stored = await this.api.endedConversation(this.id);
    expect(stored.endReason).toBe('client_ended');
    const spoken = (role: string) => stored.turns.filter((turn) => turn.role === role);
    expect(spoken('user').map((turn) => turn.generatedText.trim())).toEqual(this.said);
    expect(spoken('agent').map((turn) => turn.heardText.trim())).toEqual(answers.map((turn) => turn.generated.trim()));
  }

  private async talk(): Promise<void> {
    for (let round = 1; !this.stopping; round++) {
      const text = `Hello for the ${round} time`;
      this.said.push(text);
      await this.call.ask(text);
      await sleep(PAUSE_MS);
    }
  }
}
