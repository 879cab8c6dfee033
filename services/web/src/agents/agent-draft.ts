/** The agent form's values, and their way from and to what the API stores. */
import type { Agent, AgentConfig } from '../lib/api-types';

export interface AgentDraft {
  name: string;
  prompt: string;
  greeting: string;
  /** Empty in these: a default. */
  voice: string;
  languageCode: string;
  model: string;
  /** As typed. Empty: the model's default. */
  temperature: string;
  toolIds: string[];
  /** As typed, in minutes. */
  maxCallMinutes: string;
  letsInterrupt: boolean;
}

const NEW_CONFIG: AgentConfig = {
  prompt: '',
  greeting: '',
  voice: null,
  languageCode: null,
  model: null,
  temperature: null,
  toolIds: [],
  turnDetection: {
    startSensitivity: null,
    endSensitivity: null,
    prefixPaddingMs: null,
    silenceDurationMs: null,
    noInterruption: false,
  },
  maxCallSeconds: 3_600,
};

export function toDraft(agent: Pick<Agent, 'name' | 'config'> | undefined): AgentDraft {
  const config = agent?.config ?? NEW_CONFIG;
  return {
    name: agent?.name ?? '',
    prompt: config.prompt,
    greeting: config.greeting,
    voice: config.voice ?? '',
    languageCode: config.languageCode ?? '',
    model: config.model ?? '',
    temperature: config.temperature === null ? '' : String(config.temperature),
    toolIds: config.toolIds,
    maxCallMinutes: String(Math.round((config.maxCallSeconds / 60) * 100) / 100),
    letsInterrupt: !config.turnDetection.noInterruption,
  };
}

/** The configuration to store: the form's values over `before`, so that settings which the form doesn't show stay. */
export function toConfig(draft: AgentDraft, before: AgentConfig = NEW_CONFIG): AgentConfig {
  const temperature = Number.parseFloat(draft.temperature);
  const minutes = Number.parseFloat(draft.maxCallMinutes);
  return {
    prompt: draft.prompt,
    greeting: draft.greeting,
    voice: draft.voice || null,
    languageCode: draft.languageCode || null,
    model: draft.model.trim() || null,
    temperature: Number.isFinite(temperature) ? temperature : null,
    toolIds: draft.toolIds,
    turnDetection: { ...before.turnDetection, noInterruption: !draft.letsInterrupt },
    maxCallSeconds: Number.isFinite(minutes) ? Math.round(minutes * 60) : NEW_CONFIG.maxCallSeconds,
  };
}

export function isChanged(draft: AgentDraft, stored: AgentDraft): boolean {
  return JSON.stringify(draft) !== JSON.stringify(stored);
}
