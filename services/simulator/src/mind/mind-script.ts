/** What the simulated model says and does, as data and small functions. Tests bring their own; see `default-script.ts`. */

export interface ToolDeclaration {
  name: string;
  description: string;
  /** JSON Schema of the arguments, or Gemini's own dialect of it with upper-case types. */
  parameters: JsonSchema | undefined;
  behavior: 'BLOCKING' | 'NON_BLOCKING';
}

export interface JsonSchema {
  type?: unknown;
  description?: unknown;
  enum?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: unknown;
  items?: JsonSchema;
}

export interface ToolRequest {
  name: string;
  args: Record<string, unknown>;
}

/** One thing a model does in a turn. */
export type Step = { say: string } | { call: ToolRequest[] } | { thinkMs: number };

/** Text to say, or steps. An empty list is silence; undefined lets the next rule try. */
export type Answer = string | Step[] | undefined;

export interface MindInput {
  /** `speech`: somebody spoke, but not in tone code, so `text` is empty. */
  kind: 'text' | 'words' | 'speech';
  text: string;
}

export interface ToolOutcome {
  name: string;
  args: Record<string, unknown>;
  /** What the client answered: by convention {output} or {error}. */
  response: Record<string, unknown>;
  /** Why the answer can't be used, if it can't. */
  failure?: string;
}

export interface MindContext {
  instruction: string;
  tools: readonly ToolDeclaration[];
  /** What it remembers in this session, such as the caller's name. Kept over a resumption. */
  facts: Record<string, string>;
  /** The last thing it set out to say, whole. */
  lastReply: string;
  history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly role: 'user' | 'model' | 'tool';
  readonly text: string;
  readonly interrupted?: boolean;
  /** Added to the context, and not said. */
  readonly silent?: boolean;
}

export interface MindRule {
  /** For people who read a test's failure. */
  name: string;
  /** A pattern for the text, or any test; a match that is not null is handed to `answer`. */
  match: RegExp | ((input: MindInput, context: MindContext) => boolean);
  answer: Answer | ((input: MindInput, context: MindContext, match: RegExpExecArray | null) => Answer);
}

export interface MindScript {
  /** The first rule that matches and answers wins. No match is silence. */
  rules: MindRule[];
  toolAnswer(outcome: ToolOutcome, context: MindContext): Answer;
}

/** A script with more rules in front of another's. */
export function extendScript(base: MindScript, rules: MindRule[]): MindScript {
  return { ...base, rules: [...rules, ...base.rules] };
}

/** What the script does about an input. */
export function decide(script: MindScript, input: MindInput, context: MindContext): Step[] {
  for (const rule of script.rules) {
    const match = rule.match instanceof RegExp ? rule.match.exec(input.text) : null;
    const matches = rule.match instanceof RegExp ? match !== null : rule.match(input, context);
    if (!matches) continue;
    const answer = typeof rule.answer === 'function' ? rule.answer(input, context, match) : rule.answer;
    if (answer !== undefined) return toSteps(answer);
  }
  return [];
}

/** What the script does about a tool's answer. */
export function decideAfterTool(script: MindScript, outcome: ToolOutcome, context: MindContext): Step[] {
  return toSteps(script.toolAnswer(outcome, context) ?? []);
}

function toSteps(answer: string | Step[]): Step[] {
  return typeof answer === 'string' ? [{ say: answer }] : answer;
}
