/** The microphone of a browser: what is said in it, and the cable it hangs on. */
import { writeFile } from 'node:fs/promises';
import { encodeUtterance } from '@orbisvoice/tone-code/encode';
import type { Page } from 'playwright-core';

/** Something said in tone code, or a pause. */
export type ScriptLine = string | { silenceMs: number };

const SAMPLE_RATE_HZ = 48_000;
const HEADER_BYTES = 44;

/** Writes a script as the WAV file that `launchBrowser` takes for a microphone. */
export async function writeMicrophoneFile(file: string, script: readonly ScriptLine[]): Promise<void> {
  const parts = script.map((line) =>
    typeof line === 'string'
      ? encodeUtterance(line, { sampleRateHz: SAMPLE_RATE_HZ })
      : new Int16Array(Math.round((line.silenceMs / 1_000) * SAMPLE_RATE_HZ)),
  );
  const data = Buffer.concat(parts.map((part) => Buffer.from(part.buffer)));
  await writeFile(file, Buffer.concat([wavHeader(data.length), data]));
}

/** Of 16-bit mono PCM. */
function wavHeader(dataBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0);
  header.writeUInt32LE(HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(SAMPLE_RATE_HZ * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}

/**
 * Makes the microphone a cable: echo cancellation and noise suppression, which take tones for an echo or for noise, are left
 * out whatever the page asks for. Call it before the page is opened.
 */
export async function useCable(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (wanted) => {
      const audio = wanted?.audio as MediaTrackConstraints;
      Object.assign(globalThis, { microphoneWanted: audio });
      return await open({ audio: { ...audio, echoCancellation: false, noiseSuppression: false } });
    };
  });
}

/** What the page asked for when it opened the microphone. */
export async function microphoneWanted(page: Page): Promise<MediaTrackConstraints | undefined> {
  return await page.evaluate(() => (globalThis as { microphoneWanted?: MediaTrackConstraints }).microphoneWanted);
}
