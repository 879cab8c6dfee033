/** A process of the rig. It says "ready <JSON>" on standard output, answers what it is asked, and is ended by its id. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Child<Ready> {
  pid: number;
  ready: Ready;
  process: ChildProcess;
  /** Asks a process that calls `answerQuestions`. Rejects when it does not answer in time. */
  ask<Answer>(question: string): Promise<Answer>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 60_000;

export async function startChild<Ready>(
  script: string,
  environment: Record<string, string>,
  nodeOptions: string[] = [],
): Promise<Child<Ready>> {
  const child = spawn(process.execPath, ['--no-warnings', ...nodeOptions, script], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  // Does not keep this process alive.
  child.channel?.unref();
  const lines = createInterface({ input: child.stdout! });
  const ready = await new Promise<Ready>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${script} did not get ready`)), START_TIMEOUT_MS);
    lines.on('line', (line) => {
      if (line.startsWith('ready ')) {
        clearTimeout(timer);
        resolve(JSON.parse(line.slice('ready '.length)) as Ready);
      }
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return {
    pid: child.pid!,
    ready,
    process: child,
    ask: (question) => askChild(child, question),
    stop: () => stopChild(child),
  };
}

/** The other side: what is asked is a key of `answers`. */
export function answerQuestions(answers: Record<string, () => unknown>): void {
  process.on('message', (question: string) => {
    void Promise.resolve(answers[question]?.()).then((answer) => process.send?.({ question, answer }));
  });
  // A rig that has gone leaves nobody behind.
  process.once('disconnect', () => process.exit(0));
}

async function askChild<Answer>(child: ChildProcess, question: string): Promise<Answer> {
  const answered = new Promise<Answer>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer to ${question}`)), ANSWER_TIMEOUT_MS);
    const listen = (message: { question: string; answer: Answer }) => {
      if (message.question !== question) return;
      clearTimeout(timer);
      child.off('message', listen);
      resolve(message.answer);
    };
    child.on('message', listen);
  });
  child.send(question);
  return await answered;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
