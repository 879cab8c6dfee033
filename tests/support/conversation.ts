/** A spoken call that remembers what was said, to hold it against what was heard and what is stored. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { ApiError, type ApiClient, type StoredConversation } from './api-client.js';
import { SpokenCall } from './spoken-call.js';

/** What the agent says of the end of a tool. */
const TOLD = /shipped|sorry/;
const ANSWER_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;

export class Conversation extends SpokenCall {
  readonly said: string[] = [];
  id = '';

  /** `storedWithinMs`: from the moment that somebody asks for the record. */
  constructor(
    url: string,
    agentId: string,
    private readonly api: ApiClient,
    private readonly storedWithinMs: number,
  ) {
    super(url, () => api.callToken(agentId));
  }

  override async start(): Promise<string> {
    this.id = await super.start();
    return this.id;
  }

  override async say(text: string): Promise<void> {
    this.said.push(text);
    await super.say(text);
  }

  /** Makes the agent use its tool, and resolves once it has said what became of that. */
  async askForOrder(): Promise<void> {
    const answer = this.nextAgentTurn(ANSWER_TIMEOUT_MS, TOLD);
    await this.say('Look up my order');
    await answer;
  }

  async askAndEnd(text: string): Promise<void> {
    await this.ask(text);
    await this.end();
  }

  /** Every word of the agent was heard as it was meant, and nobody was told of a problem. */
  proveHeard(): void {
    expect(this.errors).toEqual([]);
    for (const { turn, generated } of this.answers) expect(this.wordsHeard(turn).join(' ')).toBe(generated.trim());
  }

  /** Everything that was said is stored, once and in order, to the end. */
  async proveStored(): Promise<void> {
    const { turns, endReason } = await this.stored();
    const of = (role: string) => turns.filter((turn) => turn.role === role).map((turn) => turn.generatedText.trim());
    expect(endReason).toBe('client_ended');
    expect(of('user')).toEqual(this.said);
    expect(of('agent')).toEqual(this.answers.map(({ generated }) => generated.trim()));
    expect(turns.map(({ sequence }) => sequence)).toEqual(turns.map((_turn, i) => i + 2));
  }

  /** What became of its tool calls. Of each unknown outcome the model was told that it is one. */
  async toolOutcomes(): Promise<string[]> {
    const toolCalls = (await this.stored()).turns.flatMap((turn) => turn.toolCalls);
    for (const { outcome, result } of toolCalls)
      if (outcome === 'unknown')
        expect(result).toEqual({ error: expect.stringMatching(/not known whether the tool has run/) });
    return toolCalls.map(({ outcome }) => outcome);
  }

  private get answers() {
    return this.turns.filter(({ role }) => role === 'agent');
  }

  /** Who has been away may need a moment to be reached again. */
  private async stored(): Promise<StoredConversation> {
    for (const deadline = Date.now() + this.storedWithinMs; ; await sleep(RETRY_MS)) {
      try {
        return await this.api.endedConversation(this.id, deadline - Date.now());
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 503) || Date.now() > deadline) throw error;
      }
    }
  }
}
