import { type Server as HttpServer, type RequestListener, createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { type Certificate, createSelfSignedCertificate } from './self-signed-certificate.js';

export interface ListenOptions {
  /** 0, the default: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** A certificate, or true for a self-signed one made now. */
  tls?: boolean | Certificate;
}

export interface Listening {
  /** Such as http://127.0.0.1:4010, without a slash at the end. */
  url: string;
  port: number;
  /** PEM of the certificate in use, for a client's list of authorities. */
  certificate: string | undefined;
  close(): Promise<void>;
}

export interface Handlers {
  request: RequestListener;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Opens a plain or TLS port. Rejects when it can't be opened. */
export async function listen(options: ListenOptions, handlers: Handlers): Promise<Listening> {
  const { port = 0, host = '127.0.0.1' } = options;
  const certificate = options.tls === true ? createSelfSignedCertificate() : options.tls || undefined;
  const server: HttpServer = certificate
    ? createHttpsServer(certificate, handlers.request)
    : createHttpServer(handlers.request);
  server.on('upgrade', (request, socket, head) => handlers.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const actual = (server.address() as AddressInfo).port;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${certificate ? 'https' : 'http'}://${shownHost}:${actual}`,
    port: actual,
    certificate: certificate?.cert,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
