/** What the server says. Fields stand side by side in any mix, as 3.x models send them. */
export interface ServerMessage {
  setupComplete?: { sessionId?: string };
  serverContent?: ServerContent;
  toolCall?: { functionCalls: { id: string; name: string; args: Record<string, unknown> }[] };
  toolCallCancellation?: { ids: string[] };
  usageMetadata?: UsageMetadata;
  goAway?: { timeLeft: string };
  sessionResumptionUpdate?: { newHandle?: string; resumable?: boolean };
}

export interface ServerContent {
  modelTurn?: { role: 'model'; parts: { inlineData: { mimeType: string; data: string } }[] };
  inputTranscription?: { text: string };
  outputTranscription?: { text: string };
  interrupted?: true;
  generationComplete?: true;
  turnComplete?: true;
}

export interface UsageMetadata {
  promptTokenCount: number;
  responseTokenCount: number;
  totalTokenCount: number;
  toolUsePromptTokenCount?: number;
  promptTokensDetails: { modality: 'TEXT' | 'AUDIO'; tokenCount: number }[];
  responseTokensDetails: { modality: 'TEXT' | 'AUDIO'; tokenCount: number }[];
}

/** As on the real wire: JSON with two spaces and a newline at the end. It is sent in a binary frame. */
export function encodeServerMessage(message: ServerMessage): string {
  return `${JSON.stringify(message, null, 2)}\n`;
}

/** A protobuf duration, such as "50s" or "1.500s". */
export function durationString(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}
