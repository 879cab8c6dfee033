import type { ActivitySettings } from '../hearing/activity-detector.js';
import type { JsonSchema, ToolDeclaration } from '../mind/mind-script.js';
import { type CloseReason, invalidArgument, modelNotFound } from '../wire/close-reasons.js';
import type { Setup, ToolsConfig } from '../wire/client-message.js';

export const SIMULATED_MODEL = 'models/simulated-live';
export const ECHO_MODEL = 'models/simulated-echo';
/** As the echo, but quiet audio gets no answer: it speaks when it is spoken to, as a model does, and players run empty between. */
export const ECHO_SPEECH_MODEL = 'models/simulated-echo-speech';
/** The voice that speaks tone code. */
export const TONE_CODE_VOICE = 'ToneCode';

/** A beep, a click or a cough is shorter. Words in tone code count at once. */
const DEFAULT_START_MS = 150;
const LOW_SENSITIVITY_START_MS = 300;
const DEFAULT_SILENCE_MS = 500;
const LOW_SENSITIVITY_SILENCE_MS = 800;
/** Shorter pauses lie between words. */
const MIN_SILENCE_MS = 100;
const MAX_SILENCE_MS = 10_000;
const MAX_START_MS = 2_000;

export interface SessionSettings {
  model: string;
  echo: boolean;
  /** With `echo`: quiet audio is not answered. */
  echoSpeechOnly: boolean;
  voiceName: string | undefined;
  instruction: string;
  tools: ToolDeclaration[];
  activity: ActivitySettings;
  automaticActivity: boolean;
  interruptible: boolean;
  inputTranscription: boolean;
  outputTranscription: boolean;
  /** clientContent is taken at any time, only before anything else is said, or not at all. */
  clientContent: 'always' | 'at first' | 'never';
  resumption: boolean;
  resumeHandle: string | undefined;
}

/** Whether `model` ("models/...") can be talked to. The simulator stands in for every Live model. */
export function isLiveModel(model: string): boolean {
  return /^models\/(simulated-(live|echo|echo-speech)|gemini-[a-z0-9.-]*(live|native-audio)[a-z0-9.-]*)$/.test(model);
}

/** Why the real server would not accept this setup; undefined when it would. */
export function refuseSetup(
  setup: Setup,
  version: string,
  known: { isKnownModel: (model: string) => boolean; isKnownVoice: (voiceName: string) => boolean },
): CloseReason | undefined {
  if (!known.isKnownModel(setup.model)) return modelNotFound(setup.model === '' ? 'The model' : setup.model, version);
  const voiceName = voiceNameOf(setup);
  if (voiceName && !known.isKnownVoice(voiceName))
    return invalidArgument(`the voice ${voiceName} is not available for this model.`);
  const modalities = setup.generationConfig?.responseModalities ?? ['AUDIO'];
  if (modalities.length !== 1)
    return invalidArgument('At most one response modality can be specified in the setup request.');
  if (modalities[0] !== 'AUDIO')
    return invalidArgument(`response modality ${modalities[0]} is not supported by this model.`);
  if (isOlderModel(setup.model)) return undefined;
  if (setup.proactivity?.proactiveAudio === false)
    return invalidArgument('proactive audio cannot be turned off for this model.');
  if (setup.generationConfig?.thinkingConfig?.thinkingLevel !== undefined) {
    return invalidArgument('thinking_level is not supported by this model.');
  }
  return undefined;
}

/** The setup as the session uses it, defaults filled in. */
export function readSetup(setup: Setup): SessionSettings {
  const detection = setup.realtimeInputConfig?.automaticActivityDetection;
  return {
    model: setup.model,
    echo: setup.model === ECHO_MODEL || setup.model === ECHO_SPEECH_MODEL || setup.labels?.['persona'] === 'echo',
    echoSpeechOnly: setup.model === ECHO_SPEECH_MODEL,
    voiceName: voiceNameOf(setup),
    instruction: instructionText(setup.systemInstruction),
    tools: readTools(setup.tools, setup.model),
    activity: {
      startMs: clamp(
        detection?.prefixPaddingMs ??
          byDefault(detection?.startOfSpeechSensitivity, LOW_SENSITIVITY_START_MS, DEFAULT_START_MS),
        10,
        MAX_START_MS,
      ),
      silenceMs: clamp(
        detection?.silenceDurationMs ??
          byDefault(detection?.endOfSpeechSensitivity, LOW_SENSITIVITY_SILENCE_MS, DEFAULT_SILENCE_MS),
        MIN_SILENCE_MS,
        MAX_SILENCE_MS,
      ),
    },
    automaticActivity: detection?.disabled !== true,
    interruptible: setup.realtimeInputConfig?.activityHandling !== 'NO_INTERRUPTION',
    inputTranscription: setup.inputAudioTranscription !== undefined,
    outputTranscription: setup.outputAudioTranscription !== undefined,
    clientContent: clientContentOf(setup),
    resumption: setup.sessionResumption !== undefined,
    resumeHandle: setup.sessionResumption?.handle || undefined,
  };
}

function voiceNameOf(setup: Setup): string | undefined {
  return setup.generationConfig?.speechConfig?.voiceConfig?.prebuiltVoiceConfig?.voiceName;
}

/** 3.1 takes it only as a history that the set-up announced. */
function clientContentOf({ model, historyConfig }: Setup): SessionSettings['clientContent'] {
  if (!/gemini-3\.1-/.test(model)) return 'always';
  return historyConfig?.initialHistoryInClientContent ? 'at first' : 'never';
}

export function instructionText(instruction: Setup['systemInstruction']): string {
  return (instruction?.parts ?? []).map((part) => part.text ?? '').join('\n');
}

/** Tools as the mind sees them. Since 3.8 a call does not block unless it is declared to. */
export function readTools(tools: ToolsConfig | undefined, model: string): ToolDeclaration[] {
  return (tools ?? [])
    .flatMap((tool) => tool.functionDeclarations ?? [])
    .map((declaration) => ({
      name: declaration.name,
      description: declaration.description ?? '',
      parameters: (declaration.parametersJsonSchema ?? declaration.parameters) as JsonSchema | undefined,
      behavior:
        declaration.behavior === 'BLOCKING' || declaration.behavior === 'NON_BLOCKING'
          ? declaration.behavior
          : isOlderModel(model)
            ? 'BLOCKING'
            : 'NON_BLOCKING',
    }));
}

/** Live models before 3.8 still have the older rules. */
function isOlderModel(model: string): boolean {
  const version = /(\d+)(?:\.(\d+))?/.exec(model);
  return version !== null && Number(version[1]) + Number(version[2] ?? 0) / 100 < 3.08;
}

function byDefault(sensitivity: string | undefined, low: number, otherwise: number): number {
  return sensitivity?.endsWith('_LOW') ? low : otherwise;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
