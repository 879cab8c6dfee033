/** One turn as it is shown, live or from the record. */

export interface ShownTurn {
  /** Number of the turn in the live call, or of its event in the record. */
  key: number;
  role: 'user' | 'agent';
  /** All that was said or generated so far. */
  text: string;
  /** What the caller can have heard. Undefined: not known yet, so nothing is marked as unheard. */
  heard?: string;
  interrupted: boolean;
  /** Whether the text may still grow. */
  open: boolean;
  written?: boolean;
  toolCalls: ShownToolCall[];
  timings?: ShownTimings;
  totalTokens?: number;
  startedAt?: string;
}

export interface ShownToolCall {
  id: string;
  name: string;
  arguments: unknown;
  /** Undefined while it runs. */
  outcome?: string;
  result?: unknown;
  durationMs?: number;
}

export interface ShownTimings {
  /** How much later the caller's last sound came than others, on its way to the gateway. */
  uplinkMs?: number | null;
  /** A caller's sound on its way through the gateway, in microseconds. */
  gatewayInUs?: number | null;
  /** From the end of the caller's turn to the provider's first audio. */
  providerFirstAudioMs?: number | null;
  /** From there until it left the gateway, in microseconds. */
  gatewayOutUs?: number | null;
  /** From there until the client reported that it plays. */
  firstPlayedMs?: number | null;
  audioGeneratedMs: number;
  audioPlayedMs: number;
}

/** The heard beginning of a text and the rest that nobody heard. Joined they are the whole text. */
export function splitHeard(text: string, heard: string | undefined): [heard: string, unheard: string] {
  if (heard === undefined || heard === text) return [text, ''];
  let length = 0;
  while (length < heard.length && heard[length] === text[length]) length++;
  return [text.slice(0, length), text.slice(length)];
}

/** The gateway's own share of it, both ways, in ms; undefined when none is known. */
export function gatewayShareMs({ gatewayInUs, gatewayOutUs }: ShownTimings): number | undefined {
  if (gatewayInUs == null && gatewayOutUs == null) return undefined;
  return ((gatewayInUs ?? 0) + (gatewayOutUs ?? 0)) / 1000;
}

/** From the end of the caller's turn to sound at the caller's ear; undefined unless every part of it is known. */
export function answerMs(timings: ShownTimings): number | undefined {
  const { providerFirstAudioMs, gatewayOutUs, firstPlayedMs } = timings;
  if (providerFirstAudioMs == null || gatewayOutUs == null || firstPlayedMs == null) return undefined;
  return (timings.uplinkMs ?? 0) + providerFirstAudioMs + gatewayOutUs / 1000 + firstPlayedMs;
}
