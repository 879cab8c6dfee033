/** The voice gateway's socket stack with an echo in the place of calls: what a conformance suite asks for, and no part of the product. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VOICE_SUBPROTOCOL } from '@orbisvoice/client/protocol/constants';
import { CallSocketAdapter } from '@orbisvoice/voice-gateway/stream/call-socket.adapter';
import { ClientSocket } from '@orbisvoice/voice-gateway/stream/client-socket';
import { HEALTH_PATH, STREAM_PATH } from '@orbisvoice/voice-gateway/stream/stream.gateway';

/** The suite's largest message has 16 MiB, and one of 4 MiB comes 64 bytes at a time. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;
const MAX_FRAGMENTS = 65_536;

export interface EchoGateway {
  url: string;
  /** Sockets that have not closed yet. */
  openSockets(): number;
  close(): Promise<void>;
}

export async function startEchoGateway(): Promise<EchoGateway> {
  const http = createServer();
  // The suite offers no subprotocol; the gateway insists on its own.
  http.on('upgrade', (request) => (request.headers['sec-websocket-protocol'] ??= VOICE_SUBPROTOCOL));
  let open = 0;
  const adapter = new CallSocketAdapter({ getHttpServer: () => http } as never, {
    path: STREAM_PATH,
    subprotocol: VOICE_SUBPROTOCOL,
    maxPayloadBytes: MAX_PAYLOAD_BYTES,
    maxFragments: MAX_FRAGMENTS,
    refusal: () => undefined,
    health: { path: HEALTH_PATH, status: () => 'ok' },
    onProbe: () => undefined,
    onRefused: () => undefined,
  });
  const sockets = adapter.create();
  adapter.bindClientConnect(sockets, (socket, request) => {
    open += 1;
    request.socket.once('close', () => (open -= 1));
    const client = new ClientSocket(socket);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', (error) => client.violated(error)); // as stream.gateway.ts answers it
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}${STREAM_PATH}`,
    openSockets: () => open,
    close: async () => {
      await adapter.close(sockets);
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
