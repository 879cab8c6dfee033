import { WebSocket } from 'ws';
import type { IncomingMessage } from 'node:http';
import type { OpenVoiceSocket, SocketClosed } from '../call/voice-socket.js';

/** The largest message that a client takes: far above any audio frame of the gateway. */
const MAX_PAYLOAD_BYTES = 1024 * 1024;
const MAX_REFUSAL_CHARACTERS = 2_000;

export interface NodeSocketOptions {
  /** Sent as `Origin`, as a browser would. */
  origin?: string;
  headers?: Record<string, string>;
  /** For the TCP connection, TLS and the upgrade together; default 10,000. */
  handshakeTimeoutMs?: number;
}

/** Connections over `ws`. Unlike a browser it can tell why an upgrade was refused. */
export function nodeSocketOpener(options: NodeSocketOptions = {}): OpenVoiceSocket {
  return (url, subprotocol, events) => {
    const { origin, headers, handshakeTimeoutMs = 10_000 } = options;
    const socket = new WebSocket(url, [subprotocol], {
      origin,
      headers,
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
    });
    let opened = false;
    let refusal: Partial<SocketClosed> = {};
    socket.on('open', () => {
      opened = true;
      events.opened();
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) events.binary(data);
      else events.text(data.toString());
    });
    socket.on('unexpected-response', (request, response) => {
      void readRefusal(response).then((reason) => {
        refusal = { httpStatus: response.statusCode, reason };
        request.destroy();
        socket.terminate();
      });
    });
    socket.on('error', (error) => {
      refusal = { cause: error.message, ...refusal };
    });
    socket.on('close', (code, reason) => events.closed({ opened, code, reason: reason.toString(), ...refusal }));
    return {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send(data) {
        if (socket.readyState === WebSocket.OPEN) socket.send(data);
      },
      close: (code, reason) => socket.close(code, reason),
      abandon: () => socket.terminate(),
    };
  };
}

/** What the refusal says: the detail of problem+json, or the text. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > MAX_REFUSAL_CHARACTERS) break;
    }
    const problem = JSON.parse(body) as { detail?: unknown; title?: unknown };
    return String(problem.detail ?? problem.title ?? '');
  } catch {
    return body.startsWith('<') ? '' : body.slice(0, 200);
  }
}
