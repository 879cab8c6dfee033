/** What a call is made of. */
import type { GatewayEvents } from '../events.js';
import type { RealtimeProvider } from '../provider/provider.js';
import type { ToolRunner } from '../tools/tool-runner.js';
import type { Tracing } from '@orbisvoice/service-kit/telemetry/tracing';
import type { CallSetup } from './call-setup.js';
import type { ClientLink } from './client-line.js';
import type { CallFacts, CallProgress, CallStore } from './handover/call-store.js';
import type { Journal } from './journal.js';
import type { LinkPolicy } from './resumption/provider-link.js';

export interface CallOptions {
  facts: CallFacts;
  /** What the agent says first. '' for nothing, and for a call that is taken over. */
  greeting: string;
  /** Of a new call. */
  setup: CallSetup | undefined;
  /** Given when another gateway held the call until now. */
  restored?: CallProgress | undefined;
  /** Undefined: the call was found without its client, and waits for it. */
  client: ClientLink | undefined;
  store: CallStore;
  fence: number;
  /** How long a client may be away before its call ends. */
  clientGraceMs: number;
  provider: RealtimeProvider;
  link: LinkPolicy;
  tools: ToolRunner;
  journal: Journal;
  events: GatewayEvents;
  tracing: Tracing;
  /** The call is no longer held here: it has ended, or another gateway has it. */
  onGone(how: 'ended' | 'moved'): void;
}
