import { encodePcm } from '../hearing/pcm.js';
import type { ConnectionTimers } from '../connection/connection-timers.js';
import { OUTPUT_RATE_HZ } from '../speech/voice.js';
import type { ServerContent, ServerMessage } from '../wire/server-message.js';
import { beep } from './beep.js';
import { bundle, canBundle } from './bundle.js';
import type { FaultPlan, Moment } from './fault-plan.js';

const BASE64_BYTES_PER_MS = ((OUTPUT_RATE_HZ / 1000) * 2 * 4) / 3;

/** Between a session and its connection: what the session says goes through here, and comes out as the faults have it. */
export class FaultyWire {
  private muted = false;
  private frozen = false;
  private turnMs = 0;
  private held: ServerMessage | undefined;
  private readonly seen = new Set<Moment['from']>();
  private readonly startedAt = performance.now();
  private withheldHandle: ServerMessage | undefined;
  /** When the piece of the caller's transcript before will be out. */
  private transcribedAt = 0;

  constructor(
    private readonly faults: FaultPlan,
    private readonly timers: ConnectionTimers,
    private readonly out: (message: ServerMessage) => void,
    /** Called at the first of each of these on the connection. */
    private readonly onFirst: (what: NonNullable<Moment['from']>) => void,
  ) {}

  /** From now on nothing comes out. */
  mute(): void {
    this.muted = true;
  }

  send(message: ServerMessage): void {
    this.pass(this.withholdHandle(this.silence(this.transcribeLate(message))));
    this.notice(message);
  }

  /** What of the message need not wait. */
  private transcribeLate(message: ServerMessage): ServerMessage {
    const late = this.faults.transcribeLate;
    const input = message.serverContent?.inputTranscription;
    if (!late || !input) return message;
    const now = performance.now();
    this.transcribedAt = Math.max(now + late.lateMs, this.transcribedAt + (late.betweenMs ?? 0));
    this.timers.after(this.transcribedAt - now, () => this.pass({ serverContent: { inputTranscription: input } }));
    const { inputTranscription: _late, ...serverContent } = message.serverContent!;
    return { ...message, serverContent };
  }

  /** What of the message a model that does not generate would still send. */
  private silence(message: ServerMessage): ServerMessage {
    if (message.serverContent?.modelTurn) this.countAudio(message.serverContent);
    if (!this.frozen && !this.faults.poisoned) return message;
    const { serverContent, setupComplete } = message;
    const input = serverContent?.inputTranscription;
    return {
      ...(setupComplete ? { setupComplete } : {}),
      ...(input ? { serverContent: { inputTranscription: input } } : {}),
    };
  }

  private countAudio({ modelTurn }: ServerContent): void {
    const { freezeOutputAfterMs: limitMs } = this.faults;
    if (limitMs === undefined) return;
    if (this.turnMs >= limitMs) this.frozen = true;
    const bytes = modelTurn!.parts.reduce((sum, part) => sum + part.inlineData.data.length, 0);
    this.turnMs += bytes / BASE64_BYTES_PER_MS;
  }

  private withholdHandle(message: ServerMessage): ServerMessage {
    const leftMs = (this.faults.unresumableMs ?? 0) - (performance.now() - this.startedAt);
    const { sessionResumptionUpdate: update, ...rest } = message;
    if (!update || leftMs <= 0) return message;
    if (!this.withheldHandle) this.timers.after(leftMs, () => this.pass(this.withheldHandle ?? {}));
    this.withheldHandle = { sessionResumptionUpdate: update };
    return { ...rest, sessionResumptionUpdate: { resumable: false } };
  }

  private pass(message: ServerMessage): void {
    const { turnComplete, bundleMs } = this.faults;
    if (turnComplete !== undefined && message.serverContent?.turnComplete) {
      const { turnComplete: _late, ...content } = message.serverContent;
      const { serverContent: _whole, ...rest } = message;
      if (turnComplete !== 'never') this.timers.after(turnComplete.lateMs, () => this.write(message));
      return this.write({ ...(turnComplete === 'never' ? rest : {}), serverContent: content });
    }
    if (bundleMs === undefined) return this.write(message);
    this.hold(message, bundleMs);
  }

  private hold(message: ServerMessage, ms: number): void {
    if (this.held && canBundle(this.held, message)) {
      this.held = bundle(this.held, message);
      return;
    }
    this.flush();
    this.held = message;
    this.timers.after(ms, () => this.flush());
  }

  private flush(): void {
    const { held } = this;
    this.held = undefined;
    if (held) this.write(held);
  }

  private write(message: ServerMessage): void {
    const isEmpty = Object.values(message).every((field) => field === undefined || isEmptyContent(message, field));
    if (this.muted || isEmpty) return;
    this.out(message);
    if (!message.toolCall) return;
    if (this.faults.repeatToolCalls) this.out({ toolCall: message.toolCall });
    const { audioAfterToolCallMs: ms } = this.faults;
    if (ms !== undefined) this.out({ serverContent: { modelTurn: { role: 'model', parts: [beepPart(ms)] } } });
  }

  private notice(message: ServerMessage): void {
    if (message.setupComplete) this.first('setup');
    if (message.toolCall) this.first('toolCall');
    if (message.serverContent?.modelTurn) this.first('audio');
    if (message.serverContent?.inputTranscription) this.first('input');
  }

  private first(what: NonNullable<Moment['from']>): void {
    if (this.seen.has(what)) return;
    this.seen.add(what);
    this.onFirst(what);
  }
}

function isEmptyContent(message: ServerMessage, field: unknown): boolean {
  return field === message.serverContent && Object.keys(field as object).length === 0;
}

function beepPart(ms: number) {
  return { inlineData: { mimeType: `audio/pcm;rate=${OUTPUT_RATE_HZ}`, data: encodePcm(beep(ms)) } };
}
