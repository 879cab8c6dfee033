/** A caller in a LiveKit room of its own: publishes its microphone, listens to the agent's track. */
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import { SAMPLE_RATE_HZ } from '../marker.mjs';

const OUTPUT_RATE_HZ = 24_000;
const CAPTURE_QUEUE_MS = 1_000;
/** A real microphone does not fall behind: when this process did, quiet frames are left out until it has caught up. */
const CAUGHT_UP_MS = 60;

/** `url`, `apiKey`, `apiSecret`: of the LiveKit server. The agent joins each new room by itself. */
export function createOpener({ url, apiKey, apiSecret }) {
  return async (number, { heard, failed }) => {
    const token = new AccessToken(apiKey, apiSecret, { identity: `caller-${number}` });
    token.addGrant({ roomJoin: true, room: `call-${number}-${process.hrtime.bigint()}` });
    const room = new Room();
    let ending = false;
    room.on(RoomEvent.TrackSubscribed, (track) => void listen(track, heard, failed));
    room.on(RoomEvent.Disconnected, () => {
      if (!ending) failed('disconnected from the room');
    });
    await room.connect(url, await token.toJwt(), { autoSubscribe: true, dynacast: false });
    const source = new AudioSource(SAMPLE_RATE_HZ, 1, CAPTURE_QUEUE_MS);
    const track = LocalAudioTrack.createAudioTrack('microphone', source);
    const publish = new TrackPublishOptions();
    publish.source = TrackSource.SOURCE_MICROPHONE;
    await room.localParticipant.publishTrack(track, publish);
    return {
      send(samples, isQuiet) {
        if (isQuiet && source.queuedDuration > CAUGHT_UP_MS) return;
        source
          .captureFrame(new AudioFrame(samples, SAMPLE_RATE_HZ, 1, samples.length))
          .catch((error) => failed(String(error)));
      },
      async close() {
        ending = true;
        await room.disconnect();
      },
    };
  };
}

async function listen(track, heard, failed) {
  try {
    for await (const frame of new AudioStream(track, { sampleRate: OUTPUT_RATE_HZ, numChannels: 1 }))
      heard(frame.data, frame.sampleRate);
  } catch (error) {
    failed(String(error));
  }
}
