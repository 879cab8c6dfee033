import type { ToolDeclaration } from './mind-script.js';

const STOP_WORDS = new Set(
  'a an and are at be can could do does for from get give have hello how i if in is it like look me my of on or our please show tell that the there this to up want was we what when where which who will with would you your call tool use used about any current find returns return given user'.split(
    ' ',
  ),
);
const NAME_WEIGHT = 2;
const DESCRIPTION_WEIGHT = 1;

/** The tool whose name or description has most words in common with what was said; undefined when none really has. */
export function matchTool(text: string, tools: readonly ToolDeclaration[]): ToolDeclaration | undefined {
  const said = new Set(contentWords(text));
  let best: ToolDeclaration | undefined;
  let bestScore = 1;
  for (const tool of tools) {
    const name = new Set(contentWords(tool.name));
    const description = new Set(contentWords(tool.description).filter((word) => !name.has(word)));
    const score = NAME_WEIGHT * count(name, said) + DESCRIPTION_WEIGHT * count(description, said);
    if (score > bestScore) {
      best = tool;
      bestScore = score;
    }
  }
  return best;
}

/** Words that say what it is about, lower case and without a plural ending. Understands snake_case and camelCase. */
export function contentWords(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1 && !STOP_WORDS.has(word))
    .map((word) => (word.length > 3 ? word.replace(/(?<!s)s$/, '') : word));
}

function count(words: Set<string>, said: Set<string>): number {
  return [...words].filter((word) => said.has(word)).length;
}
