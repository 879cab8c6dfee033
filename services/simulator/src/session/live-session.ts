import { INAUDIBLE } from '@orbisvoice/tone-code/word-transcriber';
import type { ToolFaults } from '../faults/fault-plan.js';
import { Ear, type HeardTurn } from '../hearing/ear.js';
import { decodePcm, parseAudioMimeType } from '../hearing/pcm.js';
import {
  type MindContext,
  type MindInput,
  type MindScript,
  type Step,
  type ToolOutcome,
  type ToolRequest,
  decide,
  decideAfterTool,
} from '../mind/mind-script.js';
import type { Voice } from '../speech/voice.js';
import { ProtocolError, invalidArgument } from '../wire/close-reasons.js';
import type {
  ClientContent,
  ClientMessage,
  ContextUpdate,
  FunctionResponse,
  RealtimeInput,
} from '../wire/client-message.js';
import type { ServerContent, ServerMessage } from '../wire/server-message.js';
import { ModelTurn, type TurnHost } from './model-turn.js';
import type { Pace } from './pace.js';
import { PendingTools, toOutcome } from './pending-tools.js';
import type { SessionMemory } from './session-memory.js';
import { type SessionSettings, instructionText, readTools } from './session-settings.js';
import { UsageCounter } from './usage-counter.js';

/** Shorter sounds that are not words, such as a cough, get no answer. */
const SHORTEST_SPEECH_MS = 250;
/** Transcripts of the input come in small bits. */
const TRANSCRIPT_BIT_LENGTH = 4;
const MAX_QUEUED = 16;

export interface SessionDeps {
  settings: SessionSettings;
  memory: SessionMemory;
  script: MindScript;
  voice: Voice;
  pace: Pace;
  responseDelayMs: number;
  /** The memory came from a handle. */
  resumed: boolean;
  /** What goes wrong with its tool calls. */
  toolFaults: ToolFaults;
  send(message: ServerMessage): void;
  /** A new handle for the session as it is now. */
  saveHandle(): string;
  /** Counts for the statistics. */
  count(event: 'turns' | 'interruptions' | 'toolCalls' | 'toolCallsCancelled'): void;
  /** Something broke in the simulator itself. */
  fail(error: unknown): void;
}

/**
 * A conversation: hears the client's input, lets the mind decide, and speaks. At most one turn of the model runs at a time;
 * what has to wait for it is queued.
 */
export class LiveSession implements TurnHost {
  private readonly tools: PendingTools;
  private readonly usage: UsageCounter;
  private ear: Ear | undefined;
  private turn: ModelTurn | undefined;
  private queue: Step[][] = [];
  private resumable = false;
  private ended = false;
  /** Something was said in real time. */
  private begun = false;

  constructor(private readonly deps: SessionDeps) {
    this.tools = new PendingTools(deps.toolFaults.toolCallIds);
    this.usage = new UsageCounter(deps.settings.instruction + JSON.stringify(deps.settings.tools));
    for (const entry of deps.memory.history) this.usage.addText(entry.text);
  }

  /** Takes any message but `setup`. Throws a ProtocolError for what the real server would refuse. */
  receive(message: ClientMessage): void {
    if (message.kind === 'realtimeInput') this.takeRealtimeInput(message.body);
    else if (message.kind === 'clientContent') this.takeContent(message.body);
    else if (message.kind === 'toolResponse')
      message.body.functionResponses.forEach((response) => this.takeToolResponse(response));
    else if (message.kind === 'contextUpdate') this.updateContext(message.body);
    else throw new ProtocolError(invalidArgument('setup can only be sent once, as the first message.'));
  }

  /** The connection is gone: nothing is sent or said any more. */
  end(): void {
    this.ended = true;
    this.turn?.stop();
    this.turn = undefined;
    this.queue = [];
  }

  /** Gives up every tool call that is not answered yet. */
  cancelTools(): void {
    this.tellCancelled(this.tools.cancelAll());
    if (!this.turn) this.updateHandle();
  }

  private takeRealtimeInput(input: RealtimeInput): void {
    this.begun = true;
    if (input.activityStart ?? input.activityEnd) this.takeManualActivity(input);
    for (const blob of [...(input.audio ? [input.audio] : []), ...(input.mediaChunks ?? [])]) this.hear(blob);
    if (input.audioStreamEnd) this.ear?.endActivity();
    if (input.text !== undefined && input.text !== '') {
      this.takeOver();
      this.takeInput({ kind: 'text', text: input.text });
    }
  }

  private takeManualActivity(input: RealtimeInput): void {
    if (this.deps.settings.automaticActivity) {
      throw new ProtocolError({
        code: 1007,
        reason: 'Explicit activity control is not supported when automatic activity detection is enabled.',
      });
    }
    if (input.activityStart) this.earFor(this.ear?.options.sampleRateHz ?? 16_000).startActivity();
    if (input.activityEnd) this.ear?.endActivity();
  }

  private hear(blob: { data: string; mimeType?: string | undefined }): void {
    const format = parseAudioMimeType(blob.mimeType);
    if (!format) return;
    const samples = decodePcm(blob.data);
    this.usage.addAudio((1000 * samples.length) / format.sampleRateHz);
    this.earFor(format.sampleRateHz).push(samples);
  }

  private earFor(sampleRateHz: number): Ear {
    if (this.ear?.options.sampleRateHz === sampleRateHz) return this.ear;
    const wasActive = this.ear?.active ?? false;
    this.ear?.endActivity();
    const { activity, automaticActivity: automatic } = this.deps.settings;
    const joinsMidway = this.deps.resumed && this.ear === undefined;
    this.ear = new Ear(
      { sampleRateHz, activity, automatic, joinsMidway },
      {
        activityStarted: () => {
          if (this.deps.settings.interruptible) this.interrupt();
        },
        transcribed: (text) => this.sendInputTranscript(text),
        activityEnded: (turn) => this.takeHeard(turn),
      },
    );
    if (!automatic && wasActive) this.ear.startActivity();
    return this.ear;
  }

  private takeHeard({ text, soundMs }: HeardTurn): void {
    if (text !== '') {
      this.takeInput({ kind: 'words', text });
    } else if (soundMs >= SHORTEST_SPEECH_MS) {
      this.sendInputTranscript(INAUDIBLE);
      this.takeInput({ kind: 'speech', text: '' });
    } else {
      this.startNext();
    }
  }

  private takeContent(content: ClientContent): void {
    const { settings, memory } = this.deps;
    if (settings.clientContent === 'never' || (settings.clientContent === 'at first' && this.begun))
      throw new ProtocolError(invalidArgument('client_content is not supported by this model at this point.'));
    // What is only added to the context ends what the model says, and not what the user says.
    if (content.turnComplete) this.takeOver();
    else this.interrupt();
    for (const { role, parts } of content.turns ?? []) {
      const text = (parts ?? []).map((part) => part.text ?? '').join('');
      this.usage.addText(text);
      const silent = content.turnComplete ? {} : { silent: true };
      memory.add({ role: role === 'model' ? 'model' : 'user', text, ...silent });
    }
    // A history that the set-up announced is not answered, even when it is complete.
    if (!content.turnComplete || settings.clientContent === 'at first') {
      this.updateHandle();
      return;
    }
    this.answer({ kind: 'text', text: this.deps.memory.lastUserText() });
  }

  /** Something written comes in: what was being said, by either side, is over. */
  private takeOver(): void {
    if (this.deps.settings.automaticActivity) this.ear?.endActivity();
    this.interrupt();
  }

  private takeInput(input: MindInput): void {
    this.usage.addText(input.kind === 'text' ? input.text : '');
    this.deps.memory.add({ role: 'user', text: input.text });
    this.answer(input);
  }

  private answer(input: MindInput): void {
    this.enqueue(decide(this.deps.script, input, this.context()), 'first');
    this.startNext();
    if (!this.turn) this.updateHandle();
  }

  private takeToolResponse(response: FunctionResponse): void {
    const call = this.tools.answer(response);
    if (!call) return;
    const outcome = toOutcome(call, response);
    const text = JSON.stringify(outcome.response);
    this.usage.addToolResult(text);
    this.deps.memory.add({ role: 'tool', text: `${call.name}: ${text}` });
    if (call.blocking) {
      call.resolve?.(outcome);
      return;
    }
    if (response.scheduling !== 'SILENT') {
      if (response.scheduling === 'INTERRUPT') this.interrupt();
      this.enqueue(this.afterTool(outcome), 'last');
      this.startNext();
    }
    if (!this.turn) this.updateHandle();
  }

  private updateContext(update: ContextUpdate): void {
    const { settings } = this.deps;
    if (update.systemInstruction) settings.instruction = instructionText(update.systemInstruction);
    if (update.tools) settings.tools = readTools(update.tools, settings.model);
  }

  private enqueue(steps: Step[], place: 'first' | 'last'): void {
    if (steps.length === 0 || this.queue.length >= MAX_QUEUED) return;
    if (place === 'first') this.queue.unshift(steps);
    else this.queue.push(steps);
  }

  /** Starts a turn with all that waits to be said, unless somebody is speaking. */
  private startNext(): void {
    if (this.ended || this.turn || this.queue.length === 0 || this.ear?.active) return;
    const steps = this.queue.splice(0).flatMap((answer) => this.withFaults(answer));
    const text = steps
      .map((step) => ('say' in step ? step.say : ''))
      .filter((said) => said !== '')
      .join(' ');
    if (text !== '') this.deps.memory.lastReply = text;
    const turn = new ModelTurn(steps, this.deps, this);
    this.turn = turn;
    this.deps.count('turns');
    this.setResumable(false);
    turn.run().then(
      (completed) => completed && this.finish(turn),
      (error: unknown) => this.deps.fail(error),
    );
  }

  private withFaults(answer: Step[]): Step[] {
    const calls = answer.filter((step) => 'call' in step);
    return this.deps.toolFaults.callToolsSilently && calls.length > 0 ? calls : answer;
  }

  private finish(turn: ModelTurn): void {
    if (this.ended || this.turn !== turn) return;
    this.turn = undefined;
    this.completeTurn(turn, false);
  }

  /** Stops what is said and cancels the tool calls that belong to it. There is no generationComplete then. */
  private interrupt(): void {
    const turn = this.turn;
    if (!turn) return;
    this.turn = undefined;
    turn.stop();
    this.deps.count('interruptions');
    if (this.deps.toolFaults.interruptWithoutCancelling) this.tools.detach();
    else this.tellCancelled(this.tools.cancel(turn));
    this.deps.send({ serverContent: { interrupted: true } });
    this.completeTurn(turn, true);
  }

  private tellCancelled(ids: string[]): void {
    ids.forEach(() => this.deps.count('toolCallsCancelled'));
    if (ids.length > 0) this.deps.send({ toolCallCancellation: { ids } });
  }

  private completeTurn(turn: ModelTurn, interrupted: boolean): void {
    this.deps.memory.add({ role: 'model', text: turn.sentText, ...(interrupted ? { interrupted } : {}) });
    this.deps.send({ serverContent: { turnComplete: true }, usageMetadata: this.usage.takeTurn(turn.sentMs) });
    if (!interrupted) this.startNext();
    this.updateHandle();
  }

  /** Between turns, with no tool call open, the session can be resumed from a new handle. */
  private updateHandle(): void {
    if (this.turn || this.tools.size > 0) this.setResumable(false);
    else this.setResumable(true);
  }

  private setResumable(resumable: boolean): void {
    if (!this.deps.settings.resumption || this.ended) return;
    if (!resumable && !this.resumable) return;
    this.resumable = resumable;
    this.deps.send({
      sessionResumptionUpdate: resumable ? { newHandle: this.deps.saveHandle(), resumable } : { resumable },
    });
  }

  private sendInputTranscript(text: string): void {
    if (!this.deps.settings.inputTranscription) return;
    const characters = [...text];
    for (let n = 0; n < characters.length; n += TRANSCRIPT_BIT_LENGTH) {
      const bit = characters.slice(n, n + TRANSCRIPT_BIT_LENGTH).join('');
      this.deps.send({ serverContent: { inputTranscription: { text: bit } } });
    }
  }

  // What a running turn asks of its session:

  send(content: ServerContent): void {
    const { outputTranscription: _untold, ...rest } = content;
    this.deps.send({ serverContent: this.deps.settings.outputTranscription ? content : rest });
  }

  async callTools(requests: ToolRequest[], turn: ModelTurn): Promise<ToolOutcome[]> {
    const answers: Promise<ToolOutcome>[] = [];
    const { parallelToolCalls, callToolsSilently } = this.deps.toolFaults;
    const asked = parallelToolCalls ? requests.flatMap((request) => [request, request]) : requests;
    const functionCalls = asked.map(({ name, args }) => {
      const { behavior } = this.deps.settings.tools.find((tool) => tool.name === name) ?? {};
      const blocking = behavior === 'BLOCKING' || callToolsSilently === true;
      let resolve: ((outcome: ToolOutcome) => void) | undefined;
      if (blocking) answers.push(new Promise<ToolOutcome>((settle) => (resolve = settle)));
      const { toldId } = this.tools.issue({ name, args, blocking, turn, ...(resolve ? { resolve } : {}) });
      this.deps.count('toolCalls');
      return { id: toldId!, name, args }; // undefined is not in the JSON: a client must live with a call without an id
    });
    if (functionCalls.length > 0) this.deps.send({ toolCall: { functionCalls } });
    return Promise.all(answers);
  }

  afterTool(outcome: ToolOutcome): Step[] {
    const steps = decideAfterTool(this.deps.script, outcome, this.context());
    const { thinkAfterToolMs } = this.deps.toolFaults;
    return thinkAfterToolMs === undefined ? steps : [{ thinkMs: thinkAfterToolMs }, ...steps];
  }

  private context(): MindContext {
    const { memory, settings } = this.deps;
    return {
      instruction: settings.instruction,
      tools: settings.tools,
      facts: memory.facts,
      lastReply: memory.lastReply,
      history: memory.history,
    };
  }
}
