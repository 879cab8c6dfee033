/** What a page sends to the loudspeaker, recorded in the page's own audio graph beside the real output. */
import { ToneDecoder } from '@orbisvoice/tone-code/tone-decoder';
import type { Page } from 'playwright-core';

/** What came out of one node that is connected to the loudspeaker. */
interface Track {
  sampleRateHz: number;
  chunks: Int16Array[];
}

/** Call it before the page is opened. */
export async function recordLoudspeaker(page: Page): Promise<void> {
  await page.addInitScript(tapLoudspeaker);
}

/** The words of tone code that can be read from all that was played so far. The last one of a turn may have been cut. */
export async function heardFromLoudspeaker(page: Page): Promise<string[]> {
  const tracks = await page.evaluate(readTracks);
  return tracks.flatMap(({ sampleRateHz, base64 }) => {
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    const decoder = new ToneDecoder({ sampleRateHz });
    const words = [...decoder.push(new Int16Array(bytes.buffer)), ...decoder.flush()];
    return words.flatMap((word) => (word.damaged ? [] : [word.text]));
  });
}

/** Runs in the page: what is connected to the loudspeaker is connected to a recorder too. */
function tapLoudspeaker(): void {
  // Chromium only, and not in TypeScript's library. Its queue holds 10 ms pieces: a page may be busy for 10 s.
  type Processor = new (init: { track: MediaStreamTrack; maxBufferSize: number }) => {
    readable: ReadableStream<AudioData>;
  };
  const { MediaStreamTrackProcessor } = globalThis as unknown as { MediaStreamTrackProcessor: Processor };
  const maxBufferSize = 1_000;
  const tracks: Track[] = [];
  Object.assign(globalThis, { loudspeakerTracks: tracks });
  const connect = AudioNode.prototype.connect as (this: AudioNode, ...to: unknown[]) => AudioNode;
  const record = async (node: AudioNode) => {
    const recorder = new MediaStreamAudioDestinationNode(node.context as AudioContext, { channelCount: 1 });
    connect.call(node, recorder);
    const chunks: Int16Array[] = [];
    tracks.push({ sampleRateHz: node.context.sampleRate, chunks });
    const track = recorder.stream.getAudioTracks()[0]!;
    for await (const audio of new MediaStreamTrackProcessor({ track, maxBufferSize }).readable) {
      const samples = new Float32Array(audio.numberOfFrames);
      audio.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      audio.close();
      chunks.push(Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767));
    }
  };
  AudioNode.prototype.connect = function (this: AudioNode, ...to: unknown[]) {
    if (to[0] instanceof AudioDestinationNode) void record(this);
    return connect.apply(this, to);
  } as typeof AudioNode.prototype.connect;
}

/** Runs in the page. */
async function readTracks(): Promise<{ sampleRateHz: number; base64: string }[]> {
  const { loudspeakerTracks } = globalThis as unknown as { loudspeakerTracks: Track[] };
  return await Promise.all(
    loudspeakerTracks.map(async ({ sampleRateHz, chunks }) => {
      const url = await new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.addEventListener('load', () => resolve(String(reader.result)));
        reader.readAsDataURL(new Blob(chunks as BlobPart[], { type: 'application/octet-stream' }));
      });
      return { sampleRateHz, base64: url.slice(url.indexOf(',') + 1) };
    }),
  );
}
