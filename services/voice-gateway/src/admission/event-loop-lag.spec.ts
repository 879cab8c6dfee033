import { afterEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLoopLag } from './event-loop-lag.js';

const HALF_WINDOW_MS = 300;
const BLOCKED_MS = 100;

let lag: EventLoopLag;
afterEach(() => lag.onModuleDestroy());

function block(): void {
  for (const end = performance.now() + BLOCKED_MS; performance.now() < end;);
}

async function until(reached: (p99Ms: number) => boolean, meanwhile: () => void = () => undefined): Promise<void> {
  for (const deadline = Date.now() + 10_000; !reached(lag.quantileMs(0.99)); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`the lag stays at ${lag.quantileMs(0.99)} ms`);
    meanwhile();
  }
}

it('is what kept the event loop busy, until it is over for a window', async () => {
  lag = new EventLoopLag(HALF_WINDOW_MS);
  expect(lag.quantileMs(0.99)).toBe(0);
  lag.onApplicationBootstrap();
  // Again and again: a process that other work keeps from running may miss the window in which a single one shows.
  await until((p99Ms) => p99Ms > BLOCKED_MS / 2, block);
  await until((p99Ms) => p99Ms < BLOCKED_MS / 2);
}, 30_000);
