/** What a process has used, as Linux accounts for it. */
import { readdir, readFile } from 'node:fs/promises';

export interface Usage {
  /** Time on a processor, all threads, in ms. */
  cpuMs: number;
  /** Time ready to run but waiting for a processor, all threads, in ms: the machine was busy with something else. */
  runQueueMs: number;
  rssBytes: number;
  at: number;
}

const PAGE_BYTES = 4096;

export async function usageOf(pid: number): Promise<Usage> {
  const threads = await readdir(`/proc/${pid}/task`);
  let cpuNs = 0;
  let waitNs = 0;
  for (const thread of threads) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0 0 0');
    const [cpu, wait] = stat.split(' ');
    cpuNs += Number(cpu);
    waitNs += Number(wait);
  }
  const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
  return { cpuMs: cpuNs / 1e6, runQueueMs: waitNs / 1e6, rssBytes: pages * PAGE_BYTES, at: performance.now() };
}

export interface UsageOver {
  /** Share of one core, 1 = a whole one. */
  cores: number;
  /** Share of the time that its threads waited for a processor. */
  runQueueShare: number;
  rssBytes: number;
}

export function between(before: Usage, after: Usage): UsageOver {
  const elapsedMs = after.at - before.at;
  return {
    cores: (after.cpuMs - before.cpuMs) / elapsedMs,
    runQueueShare: (after.runQueueMs - before.runQueueMs) / elapsedMs,
    rssBytes: after.rssBytes,
  };
}
