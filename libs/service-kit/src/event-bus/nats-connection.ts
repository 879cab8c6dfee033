/** One connection to NATS that never gives up, and the state of the stream behind it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from 'pino';
import { refusedCredentials } from '../refused-credentials.js';
import { ensureStream, type StreamLimits } from './nats-stream.js';

export interface NatsOptions {
  servers: string[];
  token: string | undefined;
  /** Shown in the server's monitoring, such as "transcripts". */
  clientName: string;
  /** Given: this bus owns the stream, creates it and keeps its limits. */
  stream: StreamLimits | undefined;
  log: Logger;
}

export interface JetStreamAccess {
  client: JetStreamClient;
  manager: JetStreamManager;
  maxPayloadBytes: number;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 2_000;
const RETRY_MS = 500;
const DRAIN_TIMEOUT_MS = 2_000;

export class NatsLink {
  private connection: NatsConnection | undefined;
  private online = false;
  private problem = new Error('not connected to NATS yet');
  private access: Promise<JetStreamAccess> | undefined;
  private readonly stopped = new AbortController();
  private readonly keeping: Promise<void>;

  constructor(private readonly options: NatsOptions) {
    this.keeping = this.keepConnected();
  }

  get closed(): boolean {
    return this.stopped.signal.aborted;
  }

  /** @throws Error with a sentence, at once, while there is no connection or no stream */
  async ready(): Promise<JetStreamAccess> {
    const { connection } = this;
    if (this.closed) throw new Error('the connection to NATS is closed');
    if (!connection || !this.online) throw this.problem;
    const access = (this.access ??= this.open(connection));
    try {
      return await access;
    } catch (error) {
      if (this.access === access) this.access = undefined;
      throw error;
    }
  }

  /** The stream may be gone: the next `ready` looks. */
  distrust(): void {
    this.access = undefined;
  }

  async close(): Promise<void> {
    if (this.closed) return await this.keeping;
    this.stopped.abort();
    const { connection } = this;
    if (connection) {
      const drained = this.online ? connection.drain().catch(() => undefined) : Promise.resolve();
      const timeout = new AbortController();
      await Promise.race([drained, sleep(DRAIN_TIMEOUT_MS, undefined, timeout).catch(() => undefined)]);
      timeout.abort();
      await connection.close();
    }
    await this.keeping;
  }

  private async open(connection: NatsConnection): Promise<JetStreamAccess> {
    const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS });
    await ensureStream(manager, this.options.stream);
    return {
      manager,
      client: jetstream(connection, { timeout: REQUEST_TIMEOUT_MS }),
      maxPayloadBytes: connection.info?.max_payload ?? 1024 * 1024,
    };
  }

  /** The owner's stream is there before anything is published: who subscribes meanwhile misses nothing. */
  private async makeStream(connection: NatsConnection): Promise<void> {
    if (!this.options.stream) return;
    while (!this.closed && this.online && this.connection === connection) {
      try {
        await this.ready();
        return;
      } catch (error) {
        this.options.log.warn({ err: error }, 'the stream of conversations could not be made, trying again');
      }
      await sleep(RETRY_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private async keepConnected(): Promise<void> {
    const { log } = this.options;
    while (!this.closed) {
      try {
        await this.connectOnce();
      } catch (error) {
        const refused = refusedCredentials('NATS', 'NATS_TOKEN', error);
        const problem = refused ?? new Error(`no connection to NATS: ${(error as Error).message}`, { cause: error });
        const isNew = problem.message !== this.problem.message;
        if (isNew && refused) log.error({ err: error }, refused.message);
        else if (isNew) log.warn({ err: error }, 'no connection to NATS, trying again');
        this.problem = problem;
      }
      this.online = false;
      this.access = undefined;
      await sleep(RETRY_MS, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  /** Resolves when the connection has ended for good. */
  private async connectOnce(): Promise<void> {
    const { servers, token, clientName } = this.options;
    const connection = await connect({
      servers,
      ...(token === undefined ? {} : { token }),
      name: `orbisvoice-${clientName}`,
      timeout: CONNECT_TIMEOUT_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RETRY_MS,
      ignoreAuthErrorAbort: true, // a rotated token is repaired on the server's side too
      pingInterval: 3_000, // a connection that the network has swallowed is replaced within 10 s
      maxPingOut: 2,
    });
    if (this.closed) return await connection.close();
    this.connection = connection;
    this.online = true;
    this.options.log.info({ server: connection.getServer() }, 'connected to NATS');
    void this.makeStream(connection);
    const watching = this.watch(connection);
    const error = await connection.closed();
    await watching;
    this.connection = undefined;
    if (error) throw error;
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.online = false;
        this.problem = new Error('the connection to NATS is lost');
        this.options.log.warn('connection to NATS lost');
      } else if (status.type === 'error') {
        this.refusedWhileReconnecting(status.error);
      } else if (status.type === 'reconnect') {
        this.online = true;
        this.access = undefined;
        this.options.log.info('connected to NATS again');
        void this.makeStream(connection);
      }
    }
  }

  /** A token that has changed meanwhile: the client goes on trying. */
  private refusedWhileReconnecting(error: Error): void {
    const refused = this.online ? undefined : refusedCredentials('NATS', 'NATS_TOKEN', error);
    if (!refused) return;
    if (refused.message !== this.problem.message) this.options.log.error({ err: error }, refused.message);
    this.problem = refused;
  }
}
