/**
 * The seam between a call and a speech-to-speech model. A provider adapter translates its wire protocol to these few events;
 * nothing in `calls/` knows which provider is behind it.
 */

/** What a session is opened with. */
export interface SessionSetup {
  /** The provider's model id. */
  model: string;
  instructions: string;
  /** '': the provider's default. */
  voice: string;
  /** BCP 47. '': the model decides. */
  languageCode: string;
  temperature: number | undefined;
  tools: ToolDeclaration[];
  turnDetection: {
    startSensitivity?: 'low' | 'high';
    endSensitivity?: 'low' | 'high';
    prefixPaddingMs?: number;
    silenceDurationMs?: number;
    noInterruption: boolean;
  };
  /** Goes on with an earlier session. '': a new one. */
  resumeHandle: string;
}

export interface ToolDeclaration {
  name: string;
  description: string;
  /** JSON Schema of an object. */
  parameters: unknown;
}

export interface ProviderToolCall {
  /** The provider's own, to be answered with. '': it gave none. Nothing says that it is used only once. */
  id: string;
  name: string;
  arguments: unknown;
}

export interface ProviderToolResult {
  id: string;
  name: string;
  /** Exactly one of the two. */
  output?: unknown;
  error?: unknown;
}

export interface ProviderUsage {
  promptTokens: number;
  responseTokens: number;
  totalTokens: number;
}

/** Called in the order in which things arrived. None of them may throw. */
export interface ProviderListener {
  /** The connection stands, and the session is about to be set up. Not every provider tells. */
  connected?(): void;
  /** The session is set up; audio may be sent. */
  ready(): void;
  /** Audio of the model: mono s16le at 24 kHz, in a frame of agent-frame.ts, headers not filled in. Good for this call only. */
  audio(frame: Buffer): void;
  inputTranscript(text: string): void;
  outputTranscript(text: string): void;
  interrupted(): void;
  /** All of the turn has been generated; it may still be played, and interrupted. */
  generationComplete(): void;
  /** The turn is over. May come long after its last audio, or never. */
  turnComplete(): void;
  toolCalls(calls: ProviderToolCall[]): void;
  toolCallsCancelled(ids: string[]): void;
  usage(usage: ProviderUsage): void;
  /** The session can be taken up again with this handle; undefined: not at this moment, because a turn or a tool runs. */
  resumable(handle: string | undefined): void;
  /** The provider will close this connection within that time. */
  goAway(timeLeftMs: number): void;
  /** The connection is gone. Comes exactly once, also after a failed start. Not called after `close()`. */
  closed(failure: ProviderFailure): void;
}

export interface ProviderFailure {
  /** `refused`: key or set-up not accepted. `timeout`: no answer to the set-up. `lost`: everything else. */
  kind: 'refused' | 'timeout' | 'lost';
  /** WebSocket close code, if it came to that. */
  code?: number;
  /** For logs and operators: may name the provider's reason, never a key. */
  detail: string;
}

export interface ProviderSession {
  /** Mono s16le at 16 kHz, as the bytes behind `offset`. Dropped (returns false) when too much is unsent or the session isn't ready. */
  sendAudio(frame: Buffer, offset: number): boolean;
  /** Text that the user wrote. It interrupts what the model is saying. */
  sendText(text: string): void;
  /**
   * Adds to what the model knows, without asking for an answer; what it is generating ends. Returns false, and sends nothing, when this
   * model takes nothing of the kind while a session runs.
   */
  sendNote(text: string): boolean;
  sendToolResults(results: ProviderToolResult[]): void;
  /** How long nothing at all has come from the provider. */
  silentForMs(): number;
  /** Asks for a sign of life, which ends the silence when it comes. */
  probe(): void;
  /** Gives the connection up at once; its listener hears no more. */
  close(): void;
}

export interface RealtimeProvider {
  /** Such as "gemini". */
  readonly name: string;
  /** Used when the agent names no model. */
  readonly defaultModel: string;
  /** True when a simulator answers in the provider's place. */
  readonly simulated: boolean;
  open(setup: SessionSetup, listener: ProviderListener): ProviderSession;
}

/** Injection token of the configured provider. */
export const PROVIDER = Symbol('PROVIDER');
