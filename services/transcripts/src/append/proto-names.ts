/** The enums of transcripts.proto and the words that are stored for them. */
import { Channel, InputKind, Role } from '@orbisvoice/proto/orbisvoice/transcripts/v1/transcripts';
import type { ConversationChannel, TurnData } from '@orbisvoice/service-kit/event-bus/conversation-events';

export const CHANNELS = new Map<Channel, ConversationChannel>([
  [Channel.CHANNEL_VOICE, 'voice'],
  [Channel.CHANNEL_CHAT, 'chat'],
  [Channel.CHANNEL_PHONE, 'phone'],
  [Channel.CHANNEL_ROOM, 'room'],
]);

export const ROLES = new Map<Role, TurnData['role']>([
  [Role.ROLE_USER, 'user'],
  [Role.ROLE_AGENT, 'agent'],
]);

export const INPUT_KINDS = new Map<InputKind, TurnData['inputKind']>([
  [InputKind.INPUT_KIND_UNSPECIFIED, null],
  [InputKind.INPUT_KIND_AUDIO, 'audio'],
  [InputKind.INPUT_KIND_TEXT, 'text'],
]);

/** The enum value of a stored word. What an older or newer release stored and this one does not know is UNSPECIFIED. */
export function toEnum<Value extends number, Word>(names: Map<Value, Word>, word: Word): Value {
  for (const [value, name] of names) if (name === word) return value;
  return 0 as Value;
}
