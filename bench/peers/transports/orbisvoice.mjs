/** A caller of the gateway's /stream, and of the bare relay, which speaks the same frames but asks for no token. */
import {
  AUDIO_HEADER_BYTES,
  CLIENT_AUDIO,
  encodeAudioFrame,
  OUTPUT_SAMPLE_RATE_HZ,
} from '@orbisvoice/client/protocol/audio-frame';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { WebSocket } from 'ws';
import { closeSocket, toBytes, toSamples } from './websocket-client.mjs';

const START_TIMEOUT_MS = 15_000;

/** `urls`: the addresses, taken in turn; `tokens`: one for each call of this connect, or none. */
export function createOpener({ urls, tokens }) {
  const unused = [...(tokens ?? [])];
  return async (number, { heard, failed }) => {
    const socket = new WebSocket(urls[number % urls.length], [VOICE_SUBPROTOCOL], { perMessageDeflate: false });
    const token = unused.pop();
    let ending = false;
    let sequence = 0;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the call did not start in time')), START_TIMEOUT_MS);
      socket.on('error', reject);
      socket.on('open', () => {
        if (token !== undefined) socket.send(JSON.stringify({ type: 'call.start', token }));
      });
      socket.on('message', (data, isBinary) => {
        if (isBinary) heard(toSamples(data.subarray(AUDIO_HEADER_BYTES)), OUTPUT_SAMPLE_RATE_HZ);
        else if (JSON.parse(data.toString()).type === 'call.started') {
          clearTimeout(timer);
          resolve();
        }
      });
      socket.on('close', (code) => {
        if (!ending) failed(`closed with ${code}`);
        reject(new Error(`closed with ${code}`));
      });
    });
    return {
      send(samples) {
        if (socket.readyState !== WebSocket.OPEN) return;
        const header = { kind: CLIENT_AUDIO, turn: 0, sequence, timestamp: sequence * samples.length };
        socket.send(encodeAudioFrame(header, toBytes(samples)));
        sequence += 1;
      },
      close() {
        ending = true;
        return closeSocket(socket);
      },
    };
  };
}
