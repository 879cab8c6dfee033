import type { SocketEvents, VoiceSocket } from '../call/voice-socket.js';

/** A connection over the platform's own WebSocket: browsers, and anything else that has one. */
export function openBrowserSocket(url: string, subprotocol: string, events: SocketEvents): VoiceSocket {
  const socket = new WebSocket(url, subprotocol);
  socket.binaryType = 'arraybuffer';
  let opened = false;
  socket.addEventListener('open', () => {
    opened = true;
    events.opened();
  });
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === 'string') events.text(data);
    else events.binary(new Uint8Array(data));
  });
  socket.addEventListener('close', ({ code, reason }) => events.closed({ opened, code, reason }));
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(data) {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: (code, reason) => socket.close(code, reason),
    abandon: () => socket.close(),
  };
}
