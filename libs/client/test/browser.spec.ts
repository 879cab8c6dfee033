import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import type { BrowserVoice } from '../src/browser/browser-voice.js';
import { buildClient } from './built-client.js';
import { ScriptedGateway, until } from './scripted-gateway.js';
import type { GatewayEnd } from './scripted-gateway.js';

declare global {
  var voice: BrowserVoice;
  var outcome: Promise<unknown>;
  var microphoneTrack: MediaStreamTrack;
  var contexts: AudioContext[];
  var levels: { input: number; output: number }[];
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const folders = (process.env['PATH'] ?? '').split(delimiter);
const executablePath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) =>
  existsSync(path),
);

const PAGE = `<!doctype html><meta charset="utf-8"><title>call</title><button>Talk</button><script type="module" src="/page.js"></script>`;
const SCRIPT = `
import { BrowserVoice } from './browser/browser-voice.js';
const query = new URLSearchParams(location.search);
window.levels = [];
window.contexts = [];
window.AudioContext = class extends AudioContext {
  constructor(options) {
    super(options);
    window.contexts.push(this);
  }
};
const { mediaDevices } = navigator;
const open = mediaDevices.getUserMedia.bind(mediaDevices);
mediaDevices.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  window.microphoneTrack = stream.getTracks()[0];
  return stream;
};
window.make = () => {
  window.voice = new BrowserVoice({
    url: query.get('gateway'),
    getToken: async () => 'token',
    workletBaseUrl: query.get('worklets') ?? '/browser',
    microphone: query.has('noMicrophone') ? false : undefined,
    endTimeoutMs: 100,
  });
  window.voice.on('levelsChanged', (level) => window.levels.push(level));
};
window.outcome = new Promise((resolve) => {
  const talk = () => {
    window.make();
    window.voice.start().then(
      () => resolve({ ok: true }),
      ({ name, kind, field, message }) => resolve({ name, kind, field, message }),
    );
  };
  if (query.has('atOnce')) talk();
  else document.querySelector('button').onclick = talk;
});`;
/** Nothing inline, nothing from elsewhere, no blob: what a careful customer's site allows. */
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self' ws://127.0.0.1:*";

function positions(end: GatewayEnd): number[] {
  return end.messages.flatMap((message) => (message.type === 'playback.position' ? [message.playedMs] : []));
}

const describeWithBrowser = executablePath === undefined ? describe.skip : describe;

describeWithBrowser('BrowserVoice in Chromium', () => {
  let built: Awaited<ReturnType<typeof buildClient>>;
  let site: Server;
  let browser: Browser;
  let page: Page;
  let gateway: ScriptedGateway;

  beforeAll(async () => {
    built = await buildClient();
    site = createServer((request, response) => {
      const path = new URL(request.url!, 'http://site').pathname;
      const respond = (type: string, body: string | Buffer) =>
        response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY }).end(body);
      if (path === '/') return respond('text/html', PAGE);
      if (path === '/page.js') return respond('text/javascript', SCRIPT);
      readFile(join(built.folder, path)).then(
        (body) => respond('text/javascript', body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const args = ['--no-sandbox', '--use-fake-device-for-media-stream', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath, args });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
    await built.remove();
  });

  beforeEach(async () => {
    gateway = await ScriptedGateway.listen();
    gateway.play((end) => end.start());
  });
  afterEach(async () => {
    await page.context().close();
    await gateway.close();
  });

  async function talk(options: { permissions?: string[]; query?: string } = {}): Promise<unknown> {
    const { permissions = ['microphone'], query = '' } = options;
    const context = await browser.newContext({ permissions });
    page = await context.newPage();
    const { port } = site.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/?gateway=${encodeURIComponent(gateway.url)}${query}`);
    if (!query.includes('atOnce')) await page.click('button');
    return page.evaluate(() => globalThis.outcome);
  }

  it('sends the microphone as steady 16 kHz frames, and silence when muted', async () => {
    expect(await talk()).toEqual({ ok: true });
    const { frames } = gateway.latest;
    await until(() => frames.length > 80, 10_000);
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, index) => index));
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(frames.map((_, index) => index * 640));
    expect(frames.some(({ samples }) => samples.some((sample) => Math.abs(sample) > 300))).toBe(true);
    await page.evaluate(() => globalThis.voice.mute());
    const mutedFrom = frames.length + 5;
    await until(() => frames.length > mutedFrom + 40, 10_000);
    expect(frames.slice(mutedFrom).every(({ samples }) => samples.every((sample) => sample === 0))).toBe(true);
  }, 30_000);

  it('says a recording through the microphone path, unspoilt by the microphone', async () => {
    await talk();
    await page.evaluate(async () => {
      const samples = Int16Array.from(
        { length: 24_000 },
        (_, index) => 16_000 * Math.sin((2 * Math.PI * 1_000 * index) / 24_000),
      );
      globalThis.voice.mute();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await globalThis.voice.speak(samples, 24_000);
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const heard = gateway.latest.frames.slice(5).flatMap(({ samples }) => [...samples]);
    const loud = heard.map((sample, index) => (Math.abs(sample) > 8_000 ? index : -1)).filter((index) => index >= 0);
    expect((loud.at(-1)! - loud[0]!) / 16).toBeGreaterThan(990);
    expect((loud.at(-1)! - loud[0]!) / 16).toBeLessThan(1_005);
    const middle = heard.slice(loud[0]! + 1_000, loud[0]! + 15_000);
    // A pure 1 kHz tone at 16 kHz repeats every 16 samples: any lost, doubled or foreign sample shows.
    const worst = middle
      .slice(16)
      .reduce((most, sample, index) => Math.max(most, Math.abs(sample - middle[index]!)), 0);
    expect(worst).toBeLessThan(20);
    // Sixteen samples a period miss the peak by up to 11.25 degrees, depending on the phase at which the device starts.
    expect(Math.max(...middle)).toBeGreaterThan(16_000 * Math.cos(Math.PI / 16) - 50);
  }, 30_000);

  it('plays, reports how far, and stops at once when the caller interrupts', async () => {
    await talk({ query: '&noMicrophone' });
    const end = gateway.latest;
    end.send({ type: 'turn.started', turn: 2, role: 'agent' });
    end.sendAudio(
      2,
      Int16Array.from({ length: 24_000 * 5 }, (_, index) => 9_000 * Math.sin(index / 10)),
    );
    await until(() => (positions(end).at(-1) ?? 0) > 1_000, 10_000);
    const before = positions(end).at(-1)!;
    end.send({ type: 'interrupted', turn: 2 });
    await until(() => positions(end).at(-1)! > before || positions(end).filter((ms) => ms === before).length > 1);
    const final = positions(end).at(-1)!;
    expect(final - before).toBeLessThan(300);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(positions(end).at(-1)).toBe(final);
    const gaps = positions(end)
      .slice(2, -1)
      .map((ms, index) => ms - positions(end)[index + 1]!);
    expect(gaps.every((gap) => gap >= 249 && gap < 260)).toBe(true);
    expect(await page.evaluate(() => Math.max(...globalThis.levels.map(({ output }) => output)))).toBeGreaterThan(0.1);

    end.send({ type: 'turn.started', turn: 4, role: 'agent' });
    end.sendAudio(4, new Int16Array(24_000 * 0.5));
    await until(() => positions(end).at(-1) === 500);
  }, 30_000);

  it('says what to do when the microphone is blocked, and lets go of everything', async () => {
    expect(await talk({ permissions: [] })).toMatchObject({
      name: 'VoiceError',
      kind: 'permission_denied',
      field: 'microphone',
      message: expect.stringContaining('Allow it'),
    });
    expect(await page.evaluate(() => globalThis.voice.call.state)).toBe('ended');
    expect(gateway.connections).toHaveLength(0);
  }, 30_000);

  it('takes the next microphone when its own goes away, and sends silence meanwhile', async () => {
    await talk();
    const restored = await page.evaluate(async () => {
      const told: string[] = [];
      globalThis.voice.on('microphoneLost', () => told.push('lost'));
      const again = new Promise((resolve) => {
        globalThis.voice.on('microphoneRestored', ({ label }) => resolve(told.concat(label)));
      });
      // How a browser tells a page; no device can be unplugged here.
      globalThis.microphoneTrack.dispatchEvent(new Event('ended'));
      return again;
    });
    expect(restored).toEqual(['lost', expect.stringContaining('Fake')]);
    const { frames } = gateway.latest;
    const from = frames.length;
    await until(
      () => frames.slice(from).some(({ samples }) => samples.some((sample) => Math.abs(sample) > 300)),
      10_000,
    );
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, index) => index));
  }, 30_000);

  it('loses nothing of the microphone when the audio graph is late', async () => {
    await talk();
    const { frames } = gateway.latest;
    await until(() => frames.length > 10, 10_000);
    // A graph that stands still is as late as can be.
    await page.evaluate(() => globalThis.contexts.forEach((context) => void context.suspend()));
    const from = frames.length + 5;
    await until(() => frames.length > from + 75, 10_000);
    const heard = frames.slice(from).map(({ samples }) => samples.some((sample) => Math.abs(sample) > 300));
    // The fake microphone beeps at least once a second.
    expect(heard.filter(Boolean).length).toBeGreaterThan(2);
  }, 30_000);

  it('tells when the page’s sound is taken away, and gets it back at the next tap', async () => {
    await talk();
    const told = await page.evaluate(async () => {
      const events: boolean[] = [];
      globalThis.voice.on('soundSuspended', ({ suspended }) => events.push(suspended));
      const [context] = globalThis.contexts;
      // As an iPhone does: refused unless it is asked for in a gesture.
      const resume = AudioContext.prototype.resume;
      let refused = 0;
      AudioContext.prototype.resume = async function (this: AudioContext) {
        if (navigator.userActivation.isActive && refused > 0) return await resume.call(this);
        refused++;
        throw new DOMException('not allowed', 'NotAllowedError');
      };
      await context!.suspend();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return events;
    });
    expect(told).toEqual([true]);
    const back = page.evaluate(
      () => new Promise((resolve) => globalThis.voice.on('soundSuspended', (event) => resolve(event))),
    );
    await page.mouse.click(5, 5);
    expect(await back).toEqual({ suspended: false });
  }, 30_000);

  it('tells when the microphone gives silence, sends that, and goes on afterwards', async () => {
    await talk();
    const { frames } = gateway.latest;
    await until(() => frames.length > 10, 10_000);
    const told = await page.evaluate(async () => {
      const events: boolean[] = [];
      globalThis.voice.on('microphoneSilenced', ({ silenced }) => events.push(silenced));
      // How a browser tells a page; no switch can be pressed here.
      globalThis.microphoneTrack.dispatchEvent(new Event('mute'));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      globalThis.microphoneTrack.dispatchEvent(new Event('unmute'));
      return events;
    });
    expect(told).toEqual([true, false]);
    expect(frames.length).toBeGreaterThan(35);
    const from = frames.length;
    await until(
      () => frames.slice(from).some(({ samples }) => samples.some((sample) => Math.abs(sample) > 300)),
      10_000,
    );
  }, 30_000);

  it('says what to do when the browser keeps sound off', async () => {
    expect(await talk({ query: '&noMicrophone&atOnce' })).toMatchObject({
      kind: 'failed_precondition',
      field: 'audio',
      message: expect.stringContaining('Start the call from a click'),
    });
  }, 30_000);

  it('says where it looked when the worklets are not there', async () => {
    expect(await talk({ query: '&worklets=/nowhere' })).toMatchObject({
      kind: 'failed_precondition',
      field: 'workletBaseUrl',
      message: expect.stringContaining('/nowhere/capture-worklet.js'),
    });
  }, 30_000);

  it('says that browsers hide the reason of a refused connection', async () => {
    gateway.refuse(503, 'Full');
    expect(await talk()).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Browsers do not tell'),
    });
  }, 30_000);
});
