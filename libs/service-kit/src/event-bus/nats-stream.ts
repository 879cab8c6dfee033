/** The stream CONVERSATIONS. Nothing here needs more than nats-server 2.9. */
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { ConversationEvent, ConversationEventKind } from './conversation-events.js';
import { DUPLICATE_WINDOW_MS } from './event-bus.js';

export const STREAM = 'CONVERSATIONS';
export const ALL_SUBJECTS = 'conv.>';

export interface StreamLimits {
  maxAgeMs: number;
  /** The oldest events go first. -1: as much as the server allows. */
  maxBytes: number;
  /** 1, or 3 on a cluster. */
  replicas: number;
}

/** One token, since subjects are split at dots. */
const SUBJECT_KINDS: Record<ConversationEventKind, string> = {
  'conversation.started': 'started',
  turn: 'turn',
  'conversation.ended': 'ended',
};

/** conv.<organization>.<conversation>.<started|turn|ended> */
export function subjectOf(event: ConversationEvent): string {
  return `conv.${event.organizationId}.${event.conversationId}.${SUBJECT_KINDS[event.kind]}`;
}

/**
 * Creates the stream, or gives an existing one the wanted limits. `limits` undefined: someone else owns the stream and
 * it only has to be there. Purge and delete are never denied: an operator must be able to
 * purge it by hand (S2-55), and whoever will erase conversations (S0-54) single messages.
 */
export async function ensureStream(manager: JetStreamManager, limits: StreamLimits | undefined): Promise<void> {
  const found = await findStream(manager);
  if (!limits) {
    if (!found) throw new Error(`there is no stream ${STREAM} yet`);
    return;
  }
  const wanted = { max_age: nanos(limits.maxAgeMs), max_bytes: limits.maxBytes, num_replicas: limits.replicas };
  if (!found) {
    await manager.streams.add({
      name: STREAM,
      subjects: [ALL_SUBJECTS],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
      allow_direct: true,
      ...wanted,
    });
    return;
  }
  const differs = Object.entries(wanted).some(([key, value]) => found[key as keyof typeof wanted] !== value);
  if (differs) await manager.streams.update(STREAM, { ...found, ...wanted });
}

async function findStream(manager: JetStreamManager) {
  try {
    return (await manager.streams.info(STREAM)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}
