/** Agents between the proto's form and JSON's: "" and 0 for "none" there, null here. */
import {
  ModelCheckOutcome,
  Sensitivity,
  type Agent,
  type AgentConfig,
  type AgentVersion,
  type ModelCheck,
  type TurnDetection,
} from '@orbisvoice/proto/orbisvoice/agents/v1/agents';
import { present, toOptionalTime, toTime } from '../http/timestamps.js';
import type {
  AgentConfigInput,
  AgentConfigJson,
  AgentJson,
  AgentVersionJson,
  PublishedAgentJson,
} from './agent.schemas.js';

const DEFAULT_MAX_CALL_SECONDS = 3_600;

const SENSITIVITY = {
  low: Sensitivity.SENSITIVITY_LOW,
  high: Sensitivity.SENSITIVITY_HIGH,
};

export function toAgentJson(agent: Agent | undefined): AgentJson {
  const { id, name, publishedVersion, draftVersion, revision, config, createdAt, updatedAt } = present(agent, 'agent');
  return {
    id,
    name,
    publishedVersion: publishedVersion || null,
    draftVersion: draftVersion || null,
    revision,
    config: toConfigJson(present(config, 'configuration')),
    createdAt: toTime(createdAt),
    updatedAt: toTime(updatedAt),
  };
}

const CHECK_OUTCOMES = new Map<ModelCheckOutcome, 'accepted' | 'refused' | 'unreachable'>([
  [ModelCheckOutcome.MODEL_CHECK_OUTCOME_ACCEPTED, 'accepted'],
  [ModelCheckOutcome.MODEL_CHECK_OUTCOME_REFUSED, 'refused'],
  [ModelCheckOutcome.MODEL_CHECK_OUTCOME_UNREACHABLE, 'unreachable'],
]);

export function toModelCheckJson(check: ModelCheck | undefined): PublishedAgentJson['modelCheck'] {
  const outcome = check && CHECK_OUTCOMES.get(check.outcome);
  return outcome ? { outcome, detail: check.detail || null } : null;
}

export function toAgentVersionJson(version: AgentVersion): AgentVersionJson {
  return {
    agentId: version.agentId,
    version: version.version,
    config: toConfigJson(present(version.config, 'configuration')),
    publishedAt: toOptionalTime(version.publishedAt),
    createdAt: toTime(version.createdAt),
    restoredFromVersion: version.restoredFromVersion || null,
  };
}

export function toConfig(json: AgentConfigInput): AgentConfig {
  return {
    prompt: json.prompt,
    greeting: json.greeting,
    voice: json.voice ?? '',
    languageCode: json.languageCode ?? '',
    model: json.model ?? '',
    temperature: json.temperature ?? undefined,
    toolIds: json.toolIds,
    turnDetection: json.turnDetection && toTurnDetection(json.turnDetection),
    maxCallSeconds: json.maxCallSeconds,
  };
}

function toTurnDetection(json: NonNullable<AgentConfigInput['turnDetection']>): TurnDetection {
  return {
    startSensitivity: toSensitivity(json.startSensitivity),
    endSensitivity: toSensitivity(json.endSensitivity),
    prefixPaddingMs: json.prefixPaddingMs ?? undefined,
    silenceDurationMs: json.silenceDurationMs ?? undefined,
    noInterruption: json.noInterruption,
  };
}

function toConfigJson(config: AgentConfig): AgentConfigJson {
  return {
    prompt: config.prompt,
    greeting: config.greeting,
    voice: config.voice || null,
    languageCode: config.languageCode || null,
    model: config.model || null,
    temperature: config.temperature ?? null,
    toolIds: config.toolIds,
    turnDetection: toTurnDetectionJson(config.turnDetection),
    maxCallSeconds: config.maxCallSeconds || DEFAULT_MAX_CALL_SECONDS,
  };
}

function toTurnDetectionJson(detection: TurnDetection | undefined): AgentConfigJson['turnDetection'] {
  return {
    startSensitivity: toSensitivityJson(detection?.startSensitivity),
    endSensitivity: toSensitivityJson(detection?.endSensitivity),
    prefixPaddingMs: detection?.prefixPaddingMs ?? null,
    silenceDurationMs: detection?.silenceDurationMs ?? null,
    noInterruption: detection?.noInterruption ?? false,
  };
}

function toSensitivity(json: 'low' | 'high' | null): Sensitivity {
  return json === null ? Sensitivity.SENSITIVITY_UNSPECIFIED : SENSITIVITY[json];
}

function toSensitivityJson(sensitivity: Sensitivity | undefined): 'low' | 'high' | null {
  if (sensitivity === Sensitivity.SENSITIVITY_LOW) return 'low';
  return sensitivity === Sensitivity.SENSITIVITY_HIGH ? 'high' : null;
}
