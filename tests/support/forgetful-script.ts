/** The simulator's script, and a few rules for a model that lost its memory and was told the conversation so far. */
import { defaultScript } from '@orbisvoice/simulator/mind/default-script';
import { decide, extendScript, type MindScript } from '@orbisvoice/simulator/mind/mind-script';

export const COUNT = 'one two three four five six seven eight nine ten';

/** Answers of which the rest can be said. */
const ANSWERS = [COUNT, 'Nice to meet you, Ada.', 'Your name is Ada.', "You're welcome, Ada."];

const lastOf = (text: string, start: string) =>
  text
    .split('\n')
    .findLast((line) => line.startsWith(start))
    ?.slice(start.length) ?? '';

export const forgetfulScript: MindScript = extendScript(defaultScript, [
  {
    name: 'after an interruption',
    match: /^\(The connection was interrupted/,
    answer: ({ text }, context) => {
      const last = (start: string) => lastOf(text, start) || lastOf(context.instruction, start);
      if (text.includes('Now answer'))
        return decide(forgetfulScript, { kind: 'text', text: last('Caller: ') }, context);
      if (!text.includes('Now say the rest')) return undefined;
      const said = last('You: ');
      const whole = ANSWERS.find((answer) => said !== '' && answer.startsWith(said));
      return whole?.slice(said.length).trim() || undefined;
    },
  },
  { name: 'count', match: /^please count/i, answer: COUNT },
  {
    name: 'a name that it was told about',
    match: /^what is my name\b/i,
    answer: (_input, context) => {
      const name = context.facts['name'] ?? /Caller: My name is (\w+)/.exec(context.instruction)?.[1];
      return name ? `Your name is ${name}.` : undefined;
    },
  },
]);
