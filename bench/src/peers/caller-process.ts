/** The callers, in a process of their own (bench/peers/callers.mjs), which is asked by messages. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PEERS_FOLDER } from './stage.js';

export interface TalkResult {
  markersSent: number;
  /** Markers that were not heard before the next one. */
  markersLost: number;
  /** Length of the audio heard over the length of the audio spoken. */
  receivedShare: number;
  latenciesMs: number[];
  errors: string[];
}

export interface CallerProcess {
  pid: number;
  /** Adds calls and waits until each was answered. */
  connect(options: { transport: string; calls: number }): Promise<{ unanswered: number }>;
  talk(durationMs: number): Promise<TalkResult>;
  stop(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;

export function startCallers(): CallerProcess {
  const child = fork(join(PEERS_FOLDER, 'callers.mjs'), {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let asked = 0;
  const ask = <Result>(command: string, options: object = {}) =>
    new Promise<Result>((resolve, reject) => {
      const id = asked++;
      const settle = (act: () => void) => {
        clearTimeout(timer);
        child.off('message', answer);
        child.off('exit', gone);
        act();
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`callers: no answer to ${command}`))),
        ANSWER_TIMEOUT_MS,
      );
      const gone = () => settle(() => reject(new Error(`callers: gone during ${command}`)));
      const answer = (message: { id: number; result: Result; error?: string }) => {
        if (message.id !== id) return;
        settle(() => (message.error === undefined ? resolve(message.result) : reject(new Error(message.error))));
      };
      child.on('message', answer);
      child.once('exit', gone);
      child.send({ id, command, ...options });
    });
  return {
    pid: child.pid!,
    connect: (options) => ask('connect', options),
    talk: (durationMs) => ask('talk', { durationMs }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      await Promise.race([
        ask('end').catch(() => undefined),
        new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS)),
      ]);
      child.kill('SIGKILL');
      await exited;
    },
  };
}
