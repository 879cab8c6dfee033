import type { UsageMetadata } from '../wire/server-message.js';

/** As documented for Gemini Live. */
const AUDIO_TOKENS_PER_SECOND = 25;
const CHARACTERS_PER_TOKEN = 4;

/** Counts tokens the way the provider bills them, roughly: the prompt grows with the session, the response is the turn's. */
export class UsageCounter {
  private textTokens: number;
  private audioInMs = 0;
  private toolTokens = 0;

  constructor(contextText: string) {
    this.textTokens = textTokens(contextText);
  }

  addText(text: string): void {
    this.textTokens += textTokens(text);
  }

  addAudio(ms: number): void {
    this.audioInMs += ms;
  }

  addToolResult(text: string): void {
    this.toolTokens += textTokens(text);
  }

  /** The report for a turn that spoke for `spokenMs`. What it said is part of the next turn's prompt. */
  takeTurn(spokenMs: number): UsageMetadata {
    const audioIn = audioTokens(this.audioInMs);
    const audioOut = audioTokens(spokenMs);
    const promptTokenCount = this.textTokens + audioIn;
    const usage: UsageMetadata = {
      promptTokenCount,
      responseTokenCount: audioOut,
      totalTokenCount: promptTokenCount + audioOut + this.toolTokens,
      ...(this.toolTokens > 0 ? { toolUsePromptTokenCount: this.toolTokens } : {}),
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: this.textTokens },
        { modality: 'AUDIO', tokenCount: audioIn },
      ],
      responseTokensDetails: [{ modality: 'AUDIO', tokenCount: audioOut }],
    };
    this.audioInMs += spokenMs;
    this.toolTokens = 0;
    return usage;
  }
}

function textTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

function audioTokens(ms: number): number {
  return Math.round((ms / 1000) * AUDIO_TOKENS_PER_SECOND);
}
