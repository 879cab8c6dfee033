/**
 * What a call takes of a gateway's memory, and what that consists of. Two gateways: one as it is in production, of which only the
 * resident size counts, and one that is looked into (a snapshot of the heap needs memory itself).
 */
import { readFile } from 'node:fs/promises';
import type { HeapEntry } from '../load/heap-summary.js';
import { connectCallers } from '../load/measurement.js';
import { usageOf } from '../load/process-usage.js';
import { startRig, type Rig } from '../load/rig.js';
import { table, type Proof, type ProofOptions, type ProofResult } from '../proof.js';
import { round } from '../statistics.js';

const FRAME_MS = 100;
const MAX_KB_PER_CALL = 300;
const LARGEST = 12;

interface Inside {
  heapTotal: number;
  heapUsed: number;
  external: number;
  arrayBuffers: number;
  /** Resident bytes of the heap's spaces by name. */
  spaces: Record<string, number>;
  heap: HeapEntry[];
  /** Kernel memory for TCP buffers of the whole machine: not in a process's resident size. */
  kernelTcpBytes: number;
}

export const memory: Proof = {
  name: 'memory',
  title: '(RSS at 500 calls - RSS at 0) / 500 <= 300 kB, with a list of what it consists of',
  async run(options): Promise<ProofResult> {
    const calls = options.setting('calls', 500, 20);
    const seconds = options.setting('seconds', 30, 5);
    const kbPerCall = await residentPerCall(calls, seconds, options);
    const parts = await partsOfCall(calls, seconds);
    options.print(table([['per call, after a collection', 'kB'], ...parts.map(({ name, kb }) => [name, kb])]));
    options.print(`resident size grew by ${kbPerCall} kB per call`);
    return {
      value: kbPerCall,
      unit: 'kB per call',
      limit: `<= ${MAX_KB_PER_CALL}`,
      pass: options.short || kbPerCall <= MAX_KB_PER_CALL,
      details: { calls, frameMs: FRAME_MS, seconds, parts },
    };
  },
};

async function residentPerCall(calls: number, seconds: number, options: ProofOptions): Promise<number> {
  const rig = await startRig({ provider: 'light' });
  try {
    const empty = (await usageOf(rig.gateway.pid)).rssBytes;
    const callers = await connectCallers(rig, 'gateway', calls, FRAME_MS);
    await callers.talk(seconds * 1000);
    const full = (await usageOf(rig.gateway.pid)).rssBytes;
    await callers.end();
    options.print(`RSS ${round(empty / 1e6, 0)} MB at 0 calls, ${round(full / 1e6, 0)} MB at ${calls}`);
    return round((full - empty) / calls / 1000, 0);
  } finally {
    await rig.stop();
  }
}

/** Differences between no calls and all of them, per call. */
async function partsOfCall(calls: number, seconds: number): Promise<{ name: string; kb: number }[]> {
  const rig = await startRig({ provider: 'light', gatewayNodeOptions: ['--expose-gc'] });
  try {
    const empty = await lookInto(rig);
    const callers = await connectCallers(rig, 'gateway', calls, FRAME_MS);
    await callers.talk(seconds * 1000);
    const full = await lookInto(rig);
    await callers.end();
    return listParts(empty, full, calls);
  } finally {
    await rig.stop();
  }
}

async function lookInto({ gateway }: Rig): Promise<Inside> {
  await gateway.ask('collect');
  const inside = await gateway.ask<Omit<Inside, 'heap' | 'kernelTcpBytes'>>('memory');
  const sockets = await readFile('/proc/net/sockstat', 'utf8');
  const kernelTcpBytes = Number(/TCP:.* mem (\d+)/.exec(sockets)?.[1] ?? 0) * 4096;
  return { ...inside, kernelTcpBytes, heap: await gateway.ask<HeapEntry[]>('heap') };
}

function listParts(empty: Inside, full: Inside, calls: number): { name: string; kb: number }[] {
  const perCall = (bytes: number) => round(bytes / calls / 1000, 1);
  const before = new Map(empty.heap.map(({ name, bytes }) => [name, bytes]));
  const grown = full.heap
    .map(({ name, bytes }) => ({ name: `  heap: ${name}`, kb: perCall(bytes - (before.get(name) ?? 0)) }))
    .toSorted((a, b) => b.kb - a.kb)
    .slice(0, LARGEST);
  const spaces = Object.keys(full.spaces).map((name) => ({
    name: `  resident ${name}`,
    kb: perCall(full.spaces[name]! - (empty.spaces[name] ?? 0)),
  }));
  return [
    { name: 'JavaScript heap, used', kb: perCall(full.heapUsed - empty.heapUsed) },
    ...grown.filter(({ kb }) => kb > 0),
    { name: 'JavaScript heap, resident', kb: perCall(full.heapTotal - empty.heapTotal) },
    ...spaces.filter(({ kb }) => kb > 0),
    { name: 'audio and socket buffers (outside the heap)', kb: perCall(full.arrayBuffers - empty.arrayBuffers) },
    {
      name: 'other external memory',
      kb: perCall(full.external - full.arrayBuffers - empty.external + empty.arrayBuffers),
    },
    { name: 'kernel TCP buffers, all processes (not in RSS)', kb: perCall(full.kernelTcpBytes - empty.kernelTcpBytes) },
  ];
}
