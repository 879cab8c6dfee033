import { parseExactJson } from '@orbisvoice/client/json/exact-json';
import { cutText } from '@orbisvoice/service-kit/cut-text';
import { INAUDIBLE } from '@orbisvoice/tone-code/word-transcriber';
import {
  decide,
  type Answer,
  type MindContext,
  type MindInput,
  type MindScript,
  type ToolDeclaration,
  type ToolOutcome,
} from './mind-script.js';
import { heardReply } from './last-reply.js';
import { fillArguments } from './tool-arguments.js';
import { matchTool } from './tool-matching.js';
import { describeFailure, describeResult } from './tool-speech.js';

export const STORY =
  'Once upon a time, a lighthouse keeper wanted to hear the whole world at once. ' +
  'She put a shell on every window sill and listened. ' +
  'The first shell told her of a market by the sea, the second of a train crossing the desert at night, ' +
  'and the third of a child who was learning to whistle. ' +
  'Every evening she wrote down what she had heard, and every morning a ship carried her letters away. ' +
  'One day a letter came back. It said only this: we are listening too.';

/** More names than a caller wants to hear. */
const MAX_NAMED_TOOLS = 5;

const NO_UNDERSTANDING =
  'I can hear you, but as a simulator I only understand coded utterances and text. ' +
  'Please use one of the buttons, or write to me.';

const NAME = /\b(?:my name is|call me)\s+(\p{L}[\p{L}'-]*)/iu;

/** The script that the simulator ships with: enough for a real conversation, and honest about what it is. */
export const defaultScript: MindScript = {
  rules: [
    {
      name: 'interrupted connection',
      match: /^\(The connection was interrupted/,
      answer: (input, context) => afterInterruption(input.text, context),
    },
    { name: 'speech', match: (input) => input.kind === 'speech', answer: NO_UNDERSTANDING },
    {
      name: 'greeting',
      match: /\bgreet\b|\bstart the (?:call|conversation)\b/i,
      answer: (input, context) => greeting(input, context),
    },
    {
      name: 'repeat',
      match: /\b(?:repeat|say (?:that|it) again|what did you (?:just )?say)\b/i,
      answer: (_input, context) => heardReply(context) || "I haven't said anything yet.",
    },
    {
      name: 'learn name',
      match: NAME,
      answer: (_input, context, match) => learnName(context, match?.[1] ?? ''),
    },
    {
      name: 'recall name',
      match: /\bwhat(?:'s| is) my name\b|\bwho am i\b/i,
      answer: (_input, context) => recallName(context),
    },
    {
      name: 'abilities',
      match: /\bwhat (?:can|do) you do\b|\bhelp me\b|^help\b/i,
      answer: (_input, context) => abilities(context),
    },
    {
      name: 'identity',
      match: /\bwho are you\b|\bwhat(?:'s| is) your name\b|\bare you (?:a )?(?:real|human|robot|bot)\b/i,
      answer: 'I am the OrbisVoice simulator, a scripted stand-in for a real model. Everything around me is real.',
    },
    { name: 'story', match: /\bstory\b/i, answer: STORY },
    {
      name: 'time',
      match: /\bwhat(?:'s| is)? (?:the )?time\b|\bwhat time\b/i,
      answer: (input, context) => askTime(input, context),
    },
    {
      name: 'tool',
      match: (input, context) => matchTool(input.text, context.tools) !== undefined,
      answer: (input, context) => useTool(input, matchTool(input.text, context.tools)),
    },
    {
      name: 'goodbye',
      match: /\b(?:good ?bye|bye|see you)\b/i,
      answer: (_input, context) => `Goodbye${nameOf(context)}. It was nice talking to you.`,
    },
    { name: 'thanks', match: /\bthank(?:s| you)\b/i, answer: (_input, context) => `You're welcome${nameOf(context)}.` },
    {
      name: 'hello',
      match: /\b(?:hello|hi|hey|good (?:morning|evening|afternoon))\b/i,
      answer: (_input, context) => `Hello${nameOf(context)}. How can I help you?`,
    },
    {
      name: 'inaudible',
      match: (input) => input.text.includes(INAUDIBLE),
      answer: 'Part of that did not reach me. Could you say it again?',
    },
    {
      name: 'anything else',
      match: (input) => input.text !== '',
      answer: (input) => `You said: ${shorten(input.text)} As a simulator I follow a script. Ask me what I can do.`,
    },
  ],
  toolAnswer,
};

/** Only what it can really do: whoever asks tries it next. */
function abilities({ tools }: MindContext): string {
  const names = tools.slice(0, MAX_NAMED_TOOLS).map(({ name }) => spokenName(name));
  const used = names.length === 0 ? '' : ` I was given tools, too. Ask me for: ${names.join(', ')}.`;
  return `I can greet you, tell you a story, remember your name, and repeat myself.${used}`;
}

/** `opening_hours` and `openingHours` as "opening hours". */
function spokenName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toLowerCase();
}

/** The line that the request quotes, or else the one that the system instruction names. */
function greeting(input: MindInput, context: MindContext): string {
  const quoted = /["“](.+)["”]/s.exec(input.text)?.[1];
  const instructed =
    /\bgreet[^"“\n]{0,120}["“]([^"”]+)["”]/i.exec(context.instruction)?.[1] ??
    /^\s*greeting(?: line)?\s*:\s*(.+)$/im.exec(context.instruction)?.[1];
  return (quoted ?? instructed ?? '').trim() || 'Hello, this is the OrbisVoice simulator. How can I help you?';
}

/**
 * A client that lost its connection says what may have been missed, line by line, and in the last line what to do now. To a session that
 * knows nothing yet, the lines before have been told in its instruction.
 */
function afterInterruption(recap: string, context: MindContext): Answer {
  const lines = `${context.instruction}\n${recap.replace(/\)$/, '')}`.split('\n');
  const last = (start: string) => lines.findLast((line) => line.startsWith(start))?.slice(start.length) ?? '';
  const task = lines.at(-1)!;
  if (task.startsWith('Now tell')) return describeReturned(last('The tool '));
  const answer = decide(defaultScript, { kind: 'text', text: last('Caller: ') }, context);
  const saidLast = lines.findLast((line) => /^(?:Caller|You): /.test(line)) ?? '';
  if (task.startsWith('Now answer') || saidLast.startsWith('Caller')) return answer;
  const asked = last('You had been asked: ');
  const greetings = asked === '' ? [] : [greeting({ kind: 'text', text: asked }, context)];
  // The last reply that this session knows of may be to an earlier question, and begin with the same words.
  return restOf(last('You: '), [
    ...greetings,
    ...answer.map((step) => ('say' in step ? step.say : '')),
    context.lastReply,
    STORY,
  ]);
}

/** "name returned: JSON" in words. */
function describeReturned(line: string): string {
  try {
    return `Here is what I found: ${describeResult(parseExactJson(line.slice(line.indexOf(': ') + 2)))}.`;
  } catch {
    return 'I looked it up, but I could not read the answer.';
  }
}

/** What was still to be said when the connection was lost. `answers`: what it may have been saying. */
function restOf(said: string, answers: string[]): string {
  for (const whole of answers) {
    const place = whole.indexOf(said);
    if (said !== '' && place >= 0) return whole.slice(place + said.length).trim() || 'That was all.';
  }
  return 'I lost my thread. Where were we?';
}

function learnName(context: MindContext, name: string): string {
  context.facts['name'] = name;
  return `Nice to meet you, ${name}.`;
}

function recallName(context: MindContext): string {
  const name = knownName(context);
  return name ? `Your name is ${name}.` : "You haven't told me your name yet.";
}

function nameOf(context: MindContext): string {
  const name = knownName(context);
  return name ? `, ${name}` : '';
}

/** Learnt in this session, or told with its instruction as part of the conversation so far. */
function knownName({ facts, instruction }: MindContext): string | undefined {
  const told = () =>
    instruction
      .split('\n')
      .filter((line) => line.startsWith('Caller: '))
      .findLast((line) => NAME.test(line));
  return facts['name'] ?? NAME.exec(told() ?? '')?.[1];
}

function askTime(input: MindInput, context: MindContext): Answer {
  const clock =
    context.tools.find((tool) => /time|clock/i.test(tool.name)) ??
    context.tools.find((tool) => /\btime\b/i.test(tool.description));
  return clock ? useTool(input, clock) : 'I have no clock: none of my tools can tell the time.';
}

/** The call goes out first, so audio trails it, as it does with the real model. */
function useTool(input: MindInput, tool: ToolDeclaration | undefined): Answer {
  if (!tool) return undefined;
  return [
    { call: [{ name: tool.name, args: fillArguments(input.text, tool.parameters) }] },
    { say: 'One moment, I am looking that up.' },
  ];
}

function toolAnswer(outcome: ToolOutcome): Answer {
  const failure = outcome.failure ?? describeFailure(outcome.response);
  if (failure !== undefined) return `I am sorry, that did not work: ${failure}.`;
  const result = describeResult(outcome.response);
  if (result === '') return 'I looked, but the answer was empty.';
  if (/time|clock/i.test(outcome.name) && !result.includes(',')) return `It is ${result.replace(/^time /, '')}.`;
  return /[.!?]$/.test(result) ? `Here is what I found. ${result}` : `Here is what I found: ${result}.`;
}

function shorten(text: string): string {
  const said = cutText(text.split(/\s+/u).slice(0, 40).join(' '), 400);
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
