/** What a load of talking callers does to a process between them and the provider. */
import { percentile, round } from '../statistics.js';
import { Callers, type LoadResult } from './callers.js';
import { between, usageOf } from './process-usage.js';
import type { Rig } from './rig.js';

export type Target = 'relay' | 'gateway';

export interface Measurement {
  p50: number;
  p95: number;
  p99: number;
  framesSent: number;
  framesLost: number;
  errors: number;
  bytesPerCallAndSecond: number;
  cpuPerCallPercent: number;
  /** Share of the time that the process was ready to run and waited for a processor. */
  runQueueShare: number;
  rssMb: number;
  /** How late the callers' own process was, 99th percentile. */
  callersLateP99Ms: number;
  /** Event loop lag of a gateway in that time, 99th percentile; absent for the relay. */
  lagP99Ms?: number;
}

export async function connectCallers(rig: Rig, target: Target, calls: number, frameMs: number): Promise<Callers> {
  const token = target === 'gateway' ? { token: rig.token } : {};
  const callers = new Callers({ url: rig[target].ready.url, calls, frameMs, ...token });
  await callers.start();
  return callers;
}

export async function measureTalk(
  rig: Rig,
  target: Target,
  callers: Callers,
  { calls, durationMs }: { calls: number; durationMs: number },
): Promise<Measurement> {
  const child = rig[target];
  if (target === 'gateway') await child.ask('startLag');
  const before = await usageOf(child.pid);
  const result = await callers.talk(durationMs);
  const used = between(before, await usageOf(child.pid));
  const lag = target === 'gateway' ? { lagP99Ms: await child.ask<number>('lag') } : {};
  return {
    ...roundTrips(result),
    framesSent: result.framesSent,
    framesLost: result.framesLost,
    errors: result.errors.length,
    bytesPerCallAndSecond: result.bytesReceived / calls / (durationMs / 1000),
    cpuPerCallPercent: (used.cores / calls) * 100,
    runQueueShare: used.runQueueShare,
    rssMb: used.rssBytes / 2 ** 20,
    callersLateP99Ms: result.lateP99Ms,
    ...lag,
  };
}

export function roundTrips({ roundTripsMs }: LoadResult): { p50: number; p95: number; p99: number } {
  return {
    p50: percentile(roundTripsMs, 0.5),
    p95: percentile(roundTripsMs, 0.95),
    p99: percentile(roundTripsMs, 0.99),
  };
}

export const MEASUREMENT_HEAD = [
  '',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'frames',
  'lost',
  'errors',
  'CPU %/call',
  'bytes/s/call',
  'RSS MB',
  'run queue',
  'loop lag p99 ms',
  'callers late p99 ms',
];

export function measurementRow(name: string, m: Measurement): (string | number)[] {
  return [
    name,
    round(m.p50),
    round(m.p95),
    round(m.p99),
    m.framesSent,
    m.framesLost,
    m.errors,
    round(m.cpuPerCallPercent, 3),
    Math.round(m.bytesPerCallAndSecond),
    round(m.rssMb, 0),
    `${round(m.runQueueShare * 100, 1)} %`,
    m.lagP99Ms === undefined ? '' : round(m.lagP99Ms),
    round(m.callersLateP99Ms),
  ];
}

export function isSound(m: Measurement): boolean {
  return m.framesSent > 0 && m.framesLost === 0 && m.errors === 0;
}
