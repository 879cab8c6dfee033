/** What there is to ask an agent while the simulator answers: what its script knows, and each of the agent's tools. */

const FIRST = 'What can you do?';
const LAST = 'Tell me a long story.';
const MAX_TOOLS = 4;

/** Tools whose names say enough for a natural question. */
const QUESTIONS: readonly (readonly [name: RegExp, question: string])[] = [
  [/weather/i, 'What’s the weather in Paris?'],
  [/hours|opening/i, 'What are the opening hours on Saturday?'],
  [/order/i, 'Where is my order 1234?'],
  [/time|clock/i, 'What time is it?'],
];

export const INTERRUPTION = 'Thank you, that’s enough.';

export function suggestionsFor(toolNames: readonly string[]): string[] {
  const questions = toolNames.slice(0, MAX_TOOLS).map(questionFor);
  return [...new Set([FIRST, ...questions, LAST])];
}

function questionFor(toolName: string): string {
  const known = QUESTIONS.find(([name]) => name.test(toolName));
  return known ? known[1] : `Please use the tool ${wordsOf(toolName)}.`;
}

/** find_freeSlots -> "find free slots" */
function wordsOf(toolName: string): string {
  return toolName
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/_+/g, ' ')
    .trim()
    .toLowerCase();
}

/** As somebody would type it. */
export function plainText(text: string): string {
  return text.replaceAll('’', "'");
}
