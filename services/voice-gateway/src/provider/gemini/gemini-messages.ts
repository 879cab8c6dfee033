/**
 * Gemini Live's wire messages, typed by @google/genai. Every field of a server message stands on its own: 3.x models put several
 * into one message, in any mix.
 */
import type { LiveServerMessage } from '@google/genai';
import { AGENT_FRAME_ROOM_BYTES, newAgentFrame } from '../agent-frame.js';
import type { ProviderListener, ProviderToolCall, ProviderToolResult, SessionSetup } from '../provider.js';

/** Since 3.1 the models take clientContent only as history, so what is said now goes as real-time input. */
export function textMessage(text: string): string {
  return JSON.stringify({ realtimeInput: { text } });
}

/** Context without a question: with `turnComplete` false the model does not answer it, and waits for what is said next. */
export function noteMessage(text: string): string {
  return JSON.stringify({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: false } });
}

/**
 * Whether a model takes clientContent in the middle of a session. 3.8 documents it; 3.1 closes with 1007 (livekit/agents#5251), and 2.x
 * models were seen to answer no speech while such a turn is open (google-gemini/deprecated-generative-ai-python#682).
 */
export function takesNotes(model: string): boolean {
  return !/^(?:models\/)?gemini-(?:live-)?(?:[12]\.|3\.[0-7])/.test(model);
}

export function toolResponseMessage(results: ProviderToolResult[]): string {
  const functionResponses = results.map(({ id, name, output, error }) => ({
    // A call without an id is answered without one.
    ...(id === '' ? {} : { id }),
    name,
    response: error === undefined ? { output } : { error },
  }));
  return JSON.stringify({ toolResponse: { functionResponses } });
}

const SENSITIVITY = { low: 'LOW', high: 'HIGH' } as const;

export function setupMessage(setup: SessionSetup): string {
  const { turnDetection, tools } = setup;
  const { startSensitivity, endSensitivity, prefixPaddingMs, silenceDurationMs } = turnDetection;
  return JSON.stringify({
    setup: {
      model: `models/${setup.model.replace(/^models\//, '')}`,
      generationConfig: {
        responseModalities: ['AUDIO'],
        temperature: setup.temperature,
        speechConfig: {
          voiceConfig: setup.voice === '' ? undefined : { prebuiltVoiceConfig: { voiceName: setup.voice } },
          languageCode: setup.languageCode === '' ? undefined : setup.languageCode,
        },
      },
      systemInstruction: { role: 'user', parts: [{ text: setup.instructions }] },
      tools: tools.length === 0 ? undefined : [{ functionDeclarations: tools.map(functionDeclaration) }],
      realtimeInputConfig: {
        automaticActivityDetection: {
          startOfSpeechSensitivity: startSensitivity && `START_SENSITIVITY_${SENSITIVITY[startSensitivity]}`,
          endOfSpeechSensitivity: endSensitivity && `END_SENSITIVITY_${SENSITIVITY[endSensitivity]}`,
          prefixPaddingMs,
          silenceDurationMs,
        },
        activityHandling: turnDetection.noInterruption ? 'NO_INTERRUPTION' : 'START_OF_ACTIVITY_INTERRUPTS',
      },
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      // Without it an audio session ends after 15 minutes.
      contextWindowCompression: { slidingWindow: {} },
      sessionResumption: setup.resumeHandle === '' ? {} : { handle: setup.resumeHandle },
    },
  });
}

function functionDeclaration(tool: SessionSetup['tools'][number]) {
  return { name: tool.name, description: tool.description, parametersJsonSchema: tool.parameters };
}

/** Hands each field of a server message to the listener. */
export function deliver(message: LiveServerMessage, listener: ProviderListener): void {
  const { serverContent: content, toolCall, toolCallCancellation, usageMetadata: usage, goAway } = message;
  if (message.setupComplete) listener.ready();
  if (usage) {
    listener.usage({
      promptTokens: usage.promptTokenCount ?? 0,
      responseTokens: usage.responseTokenCount ?? 0,
      totalTokens: usage.totalTokenCount ?? 0,
    });
  }
  if (content?.inputTranscription?.text) listener.inputTranscript(content.inputTranscription.text);
  if (content?.interrupted) listener.interrupted();
  // Text goes before the audio it came with: its place in the audio is where that audio begins.
  if (content?.outputTranscription?.text) listener.outputTranscript(content.outputTranscription.text);
  for (const part of content?.modelTurn?.parts ?? []) {
    if (part.inlineData?.data && part.inlineData.mimeType?.startsWith('audio/pcm'))
      listener.audio(decodeAudio(part.inlineData.data));
  }
  if (toolCall?.functionCalls?.length) listener.toolCalls(toolCall.functionCalls.map(toToolCall));
  if (toolCallCancellation?.ids?.length) listener.toolCallsCancelled(toolCallCancellation.ids);
  if (content?.generationComplete) listener.generationComplete();
  if (content?.turnComplete) listener.turnComplete();
  const update = message.sessionResumptionUpdate;
  if (update) listener.resumable(update.resumable && update.newHandle ? update.newHandle : undefined);
  if (goAway) listener.goAway(parseDurationMs(goAway.timeLeft));
}

function toToolCall(call: { id?: string; name?: string; args?: Record<string, unknown> }): ProviderToolCall {
  return { id: call.id ?? '', name: call.name ?? '', arguments: call.args ?? {} };
}

/** Decodes once, into the frame that goes to the client. */
export function decodeAudio(base64: string): Buffer {
  const frame = newAgentFrame(Buffer.byteLength(base64, 'base64'));
  frame.write(base64, AGENT_FRAME_ROOM_BYTES, 'base64');
  return frame;
}

/** A protobuf duration such as "50s" or "0.5s". What can't be read counts as no time left. */
export function parseDurationMs(duration: string | undefined): number {
  const seconds = Number.parseFloat(duration ?? '');
  return Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0;
}
