/**
 * Callers in a process of their own, driven by messages from the proof: {connect: {transport, ...}, calls}, {talk: ms}, {end: true}.
 * What differs between transports is only how a frame leaves and how audio arrives (transports/*.mjs).
 */
import { FRAME_MS, microphoneFrame, OnsetDetector } from './marker.mjs';

const ANSWER_TIMEOUT_MS = 30_000;
const DRAIN_MS = 1_500;
const CONNECT_AT_ONCE = 5;
/** All callers begin to talk at once, which no platform's callers do: the turns that begin and end with that are not what is measured. */
const WARM_UP_MS = 3_000;

/** An answer that comes later than the next marker is lost: nobody holds a conversation over that. */
class Caller {
  lines = { sent: 0, lost: 0, latenciesMs: [], receivedMs: 0 };
  errors = [];
  everHeard = false;
  /** Markers that are sent now count. */
  counting = false;
  #frame;
  #pendingSince;
  #line;
  #detector;

  constructor(number) {
    this.#frame = number;
  }

  async connect(open) {
    this.#line = await open({
      heard: (samples, sampleRateHz) => this.#hear(samples, sampleRateHz),
      failed: (message) => this.errors.push(message),
    });
  }

  speak() {
    const { samples, isOnset, isQuiet } = microphoneFrame(this.#frame++);
    if (isOnset) {
      if (this.#pendingSince !== undefined) this.lines.lost += 1;
      if (this.counting) this.lines.sent += 1;
      this.#pendingSince = this.counting ? performance.now() : undefined;
    }
    this.#line.send(samples, isQuiet);
  }

  /** Starts counting anew. A marker that is under way is not counted. */
  reset() {
    this.lines = { sent: 0, lost: 0, latenciesMs: [], receivedMs: 0 };
    this.errors = [];
    this.#pendingSince = undefined;
    this.counting = true;
  }

  /** Counts a marker that was not answered. */
  settle() {
    if (this.#pendingSince !== undefined) this.lines.lost += 1;
    this.#pendingSince = undefined;
    return this.lines;
  }

  async end() {
    await this.#line?.close();
  }

  #hear(samples, sampleRateHz) {
    this.#detector ??= new OnsetDetector(sampleRateHz);
    this.lines.receivedMs += (samples.length / sampleRateHz) * 1000;
    if (!this.#detector.hears(samples)) return;
    this.everHeard = true;
    if (this.#pendingSince === undefined) return;
    this.lines.latenciesMs.push(performance.now() - this.#pendingSince);
    this.#pendingSince = undefined;
  }
}

let callers = [];

async function connect({ transport, calls, ...options }) {
  const { createOpener } = await import(`./transports/${transport}.mjs`);
  const open = createOpener(options);
  const waiting = Array.from({ length: calls }, (_, i) => callers.length + i);
  const added = waiting.map((number) => new Caller(number));
  const queue = added.map((caller, i) => ({ caller, number: waiting[i] }));
  await Promise.all(
    Array.from({ length: CONNECT_AT_ONCE }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const { caller, number } = next;
        await caller.connect((events) => open(number, events));
        callers.push(caller);
      }
    }),
  );
  // A call has begun when its caller was answered: only then is every part of the peer up.
  await talkUntil((elapsedMs) => callers.every((caller) => caller.everHeard) || elapsedMs > ANSWER_TIMEOUT_MS);
  return { unanswered: callers.filter((caller) => !caller.everHeard).length };
}

/** All callers speak in real time, each with its own place within the frame time, until `done`. */
async function talkUntil(done) {
  const startedAt = performance.now();
  const perTick = callers.length / FRAME_MS;
  let ticks = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      for (const due = Math.floor(elapsedMs); ticks < due; ticks++) {
        const place = ticks % FRAME_MS;
        const next = Math.floor((place + 1) * perTick);
        for (let i = Math.floor(place * perTick); i < next; i++) callers[i].speak();
      }
      if (!done(elapsedMs)) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}

async function talk(durationMs) {
  await talkUntil((elapsedMs) => elapsedMs >= WARM_UP_MS);
  for (const caller of callers) caller.reset();
  // All go on talking until the last marker has had its time, so that the load is the same throughout.
  await talkUntil((elapsedMs) => {
    if (elapsedMs >= durationMs) for (const caller of callers) caller.counting = false;
    return elapsedMs >= durationMs + DRAIN_MS;
  });
  const lines = callers.map((caller) => caller.settle());
  const sum = (key) => lines.reduce((total, line) => total + line[key], 0);
  return {
    markersSent: sum('sent'),
    markersLost: sum('lost'),
    receivedShare: sum('receivedMs') / ((durationMs + DRAIN_MS) * callers.length),
    latenciesMs: lines.flatMap((line) => line.latenciesMs),
    errors: callers.flatMap((caller) => caller.errors),
  };
}

async function hangUp() {
  await Promise.all(callers.map((caller) => caller.end()));
  callers = [];
  return {};
}

process.on('message', async (message) => {
  try {
    const { id, command, ...options } = message;
    const run = { connect: () => connect(options), talk: () => talk(options.durationMs), end: hangUp };
    process.send({ id, result: await run[command]() });
  } catch (error) {
    process.send({ id: message.id, error: error instanceof Error ? error.stack : String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
