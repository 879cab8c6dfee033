import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Script, createContext } from 'node:vm';
import { buildClient } from './built-client.js';

interface Port {
  posted: unknown[];
  heard: (event: { data: unknown }) => void;
}

interface Processor {
  port: Port;
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

/** Runs a worklet file as a browser would: alone, with nothing but what an AudioWorkletGlobalScope offers. */
function load(code: string, sampleRate: number, processorOptions: unknown): Processor {
  let processor: Processor | undefined;
  class AudioWorkletProcessor {
    readonly port = {
      posted: [] as unknown[],
      heard: (_event: { data: unknown }) => {},
      start() {},
      addEventListener(_name: string, listener: Port['heard']) {
        this.heard = listener;
      },
      postMessage(message: unknown) {
        this.posted.push(message);
      },
    };
  }
  const registerProcessor = (_name: string, Registered: new (options: unknown) => Processor) => {
    processor = new Registered({ processorOptions });
  };
  new Script(code).runInContext(createContext({ AudioWorkletProcessor, registerProcessor, sampleRate, Int16Array }));
  return processor!;
}

describe('the built files', () => {
  let built: Awaited<ReturnType<typeof buildClient>>;

  beforeAll(async () => {
    built = await buildClient();
  }, 60_000);
  afterAll(() => built.remove());

  const source = (file: string) => readFile(join(built.folder, file), 'utf8');

  it.each(['capture', 'playback'])('%s-worklet.js stands alone: no import, no export, no eval', async (name) => {
    const code = await source(`browser/${name}-worklet.js`);
    expect(code).not.toMatch(/^\s*(import|export)\b|\bimport\s*\(|\beval\b|new Function/m);
  });

  it('capture-worklet.js posts frames of 16 kHz from a device of 44.1 kHz, also when nothing is connected', async () => {
    const processor = load(await source('browser/capture-worklet.js'), 44_100, { frameMs: 40 });
    for (let quantum = 0; quantum < 345; quantum++) {
      const inputs = quantum % 2 === 0 ? [[new Float32Array(128).fill(0.5)]] : [[]];
      expect(processor.process(inputs, [[new Float32Array(128)]])).toBe(true);
    }
    expect(processor.port.posted).toHaveLength(25);
    expect((processor.port.posted[0] as Int16Array).length).toBe(640);
  });

  it('playback-worklet.js plays, reports, and falls silent when it is told to', async () => {
    const processor = load(await source('browser/playback-worklet.js'), 48_000, undefined);
    const samples = new Int16Array(24_000).fill(8_192);
    processor.port.heard({ data: { type: 'push', turn: 2, timestamp: 0, samples } });
    const output = [new Float32Array(128), new Float32Array(128)];
    for (let quantum = 0; quantum < 100; quantum++) processor.process([], [output]);
    expect(output[0]![64]).toBeCloseTo(0.25, 2);
    expect(output[1]).toEqual(output[0]);
    processor.port.heard({ data: { type: 'flush', turn: 2 } });
    const last = processor.port.posted.at(-1) as {
      turn: number;
      playedMs: number;
      playing: boolean;
      bufferedMs: number;
    };
    expect(last).toMatchObject({ turn: 2, playing: false, bufferedMs: 0 });
    expect(last.playedMs).toBeCloseTo(12_800 / 48, 0);
    for (let quantum = 0; quantum < 5; quantum++) processor.process([], [output]);
    expect(Math.max(...output[0]!.map(Math.abs))).toBeLessThan(1e-6);
  });

  it('no browser code loads a package: neither the validator nor a WebSocket library', async () => {
    for (const folder of ['audio', 'browser', 'browser/worklets', 'call']) {
      for (const file of await readdir(join(built.folder, folder))) {
        if (!file.endsWith('.js')) continue;
        const code = await source(`${folder}/${file}`);
        const imports = [...code.matchAll(/from '([^']+)'/g)].map(([, path]) => path!);
        expect(imports.filter((path) => !path.startsWith('.') || path.endsWith('/messages.js'))).toEqual([]);
      }
    }
  });
});
