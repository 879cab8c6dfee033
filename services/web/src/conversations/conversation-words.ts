/** What the record's names mean to people. Names that this page doesn't know yet are shown as they are. */
import type { BadgeTone } from '../components/badge';
import type { Conversation } from '../lib/api-types';

const CHANNELS: Record<string, string> = { voice: 'Voice', chat: 'Chat', phone: 'Phone', room: 'Room' };

const END_REASONS: Record<string, { label: string; tone: BadgeTone }> = {
  client_ended: { label: 'Caller hung up', tone: 'neutral' },
  client_lost: { label: 'Connection lost', tone: 'warning' },
  agent_ended: { label: 'Agent ended it', tone: 'neutral' },
  max_duration: { label: 'Longest time reached', tone: 'warning' },
  provider_failed: { label: 'Provider failed', tone: 'danger' },
  gateway_stopped: { label: 'Gateway stopped', tone: 'warning' },
  gateway_lost: { label: 'Platform was lost', tone: 'danger' },
  idle: { label: 'Nobody spoke', tone: 'neutral' },
};

const OUTCOMES: Record<string, { label: string; tone: BadgeTone }> = {
  ok: { label: 'Done', tone: 'ok' },
  failed: { label: 'Failed', tone: 'danger' },
  timed_out: { label: 'Timed out', tone: 'danger' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
  blocked: { label: 'Blocked', tone: 'danger' },
  too_large: { label: 'Answer too large', tone: 'danger' },
  unknown: { label: 'Not known', tone: 'warning' },
};

export function channelName(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

export function endReason(reason: string | null): { label: string; tone: BadgeTone } {
  return END_REASONS[reason ?? ''] ?? { label: reason ?? 'Ended', tone: 'neutral' };
}

export function endOf(conversation: Pick<Conversation, 'endedAt' | 'endReason'>): { label: string; tone: BadgeTone } {
  return conversation.endedAt ? endReason(conversation.endReason) : { label: 'Running', tone: 'accent' };
}

export function outcomeOf(outcome: string): { label: string; tone: BadgeTone } {
  return OUTCOMES[outcome] ?? { label: outcome, tone: 'neutral' };
}
