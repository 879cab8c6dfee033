import type { ServerContent, ServerMessage } from '../wire/server-message.js';

/** Whether `next` may share a message with what came before: nothing of a new turn stands beside the end of the one before. */
export function canBundle(before: ServerMessage, next: ServerMessage): boolean {
  if (before.serverContent?.turnComplete || before.setupComplete || next.setupComplete) return false;
  return !next.serverContent?.interrupted;
}

/** One message with the fields of both. Of fields that can't be joined the later one counts. */
export function bundle(before: ServerMessage, next: ServerMessage): ServerMessage {
  const functionCalls = [...(before.toolCall?.functionCalls ?? []), ...(next.toolCall?.functionCalls ?? [])];
  const content = {
    ...before.serverContent,
    ...next.serverContent,
    ...joined(before.serverContent, next.serverContent),
  };
  return {
    ...before,
    ...next,
    ...(before.serverContent || next.serverContent ? { serverContent: content } : {}),
    ...(functionCalls.length > 0 ? { toolCall: { functionCalls } } : {}),
  };
}

function joined(before: ServerContent = {}, next: ServerContent = {}): ServerContent {
  const parts = [...(before.modelTurn?.parts ?? []), ...(next.modelTurn?.parts ?? [])];
  const input = (before.inputTranscription?.text ?? '') + (next.inputTranscription?.text ?? '');
  const output = (before.outputTranscription?.text ?? '') + (next.outputTranscription?.text ?? '');
  return {
    ...(parts.length > 0 ? { modelTurn: { role: 'model', parts } } : {}),
    ...(input === '' ? {} : { inputTranscription: { text: input } }),
    ...(output === '' ? {} : { outputTranscription: { text: output } }),
  };
}
