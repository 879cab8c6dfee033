import { EventEmitter } from 'node:events';
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer, type WebSocket } from 'ws';
import { type EphemeralToken, EphemeralTokens } from './access/ephemeral-tokens.js';
import { SimulatorConnection } from './connection/connection.js';
import { type FaultPlan, type Faults, planFor } from './faults/fault-plan.js';
import { type ResolvedOptions, type SimulatorOptions, resolveOptions } from './options.js';
import { type ListenOptions, type Listening, listen } from './server/listener.js';
import { answerRest, isRestRequest } from './server/rest.js';
import { ResumptionStore } from './session/resumption-store.js';
import { TONE_CODE_VOICE } from './session/session-settings.js';
import { FliteSynthesizer } from './speech/flite-synthesizer.js';
import { FliteVoice, fliteVoiceName } from './speech/flite-voice.js';
import { ToneVoice } from './speech/tone-voice.js';
import type { Voice } from './speech/voice.js';
import { type SimulatorStats, emptyStats } from './stats.js';
import type { ClientMessage } from './wire/client-message.js';
import { type CloseReason, INVALID_KEY, INVALID_TOKEN, MISSING_KEY, SHUTTING_DOWN } from './wire/close-reasons.js';
import { type LiveRequest, parseLiveRequest } from './wire/live-path.js';

const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const LEAVE_POLL_MS = 50;

interface SimulatorEvents {
  /** A WebSocket was accepted. */
  connection: [connection: SimulatorConnection];
  /** A setup was taken. */
  setup: [connection: SimulatorConnection];
  /** Any valid message but an echo session's audio. */
  message: [connection: SimulatorConnection, message: ClientMessage];
  closed: [connection: SimulatorConnection];
  /** A fault of the simulator itself; the connection was closed with 1011. */
  failure: [error: unknown];
}

/** Makes a simulator of Gemini Live's server. `listen` opens a port; `handleRequest` and `handleUpgrade` join an existing one. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  return new Simulator(resolveOptions(options));
}

export class Simulator extends EventEmitter<SimulatorEvents> {
  readonly stats: SimulatorStats = emptyStats();
  /** Connections that are open now, oldest first. */
  readonly connections = new Set<SimulatorConnection>();
  private readonly sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    clientTracking: false,
    // Each connection answers pings itself, some of them late.
    autoPong: false,
  });
  private readonly tokens = new EphemeralTokens();
  private readonly store = new ResumptionStore();
  private readonly openSessions = new Map<string, SimulatorConnection>();
  private readonly synthesizer = new FliteSynthesizer();
  private readonly ports: Listening[] = [];
  private lastNumber = 0;
  private leaving = false;

  constructor(private readonly options: ResolvedOptions) {
    super();
    // So that whoever looks at the wire sees who answers.
    this.sockets.on('headers', (headers) => headers.push('x-simulated: orbisvoice'));
  }

  /** Where the first port listens, for `httpOptions.baseUrl`. Throws before `listen`. */
  get url(): string {
    const [first] = this.ports;
    if (!first) throw new Error('the simulator does not listen yet');
    return first.url;
  }

  /** Opens a port. May be called again, for TLS beside plain HTTP. */
  async listen(options: ListenOptions = {}): Promise<Listening> {
    const port = await listen(options, {
      request: (request, response) => void this.handleRequest(request, response),
      upgrade: (request, socket, head) => this.handleUpgrade(request, socket, head),
    });
    this.ports.push(port);
    return port;
  }

  /** What goes wrong with connections from now on. */
  setFaults(faults: Faults): void {
    this.options.faults = faults;
  }

  /** Whether a plain request is for the provider's REST API. */
  handles(url: string): boolean {
    return isRestRequest(url);
  }

  async handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answerRest(request, response, { tokens: this.tokens, isValidKey: this.options.isValidKey });
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const live = parseLiveRequest(request.url ?? '', request.headers);
    if (!live) return this.refuseHandshake(socket, 404);
    if (this.leaving || this.connections.size >= this.options.maxConnections) return this.refuseHandshake(socket, 503);
    const number = ++this.lastNumber;
    const path = withoutCredentials(request.url ?? '');
    const faults = planFor(this.options.faults, { number, path, credential: live.credential.kind });
    if (faults.handshakeStatus) return this.refuseHandshake(socket, faults.handshakeStatus);
    this.sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.accept(webSocket, live, { number, path, faults }),
    );
  }

  /** Takes no more connections, announces the end of those that are open (goAway), and waits until they are gone or the time is up. */
  async letLeave(withinMs: number): Promise<void> {
    this.leaving = true;
    const deadline = Date.now() + withinMs;
    for (const connection of this.connections) connection.goAway(withinMs);
    while (this.connections.size > 0 && Date.now() < deadline) await sleep(LEAVE_POLL_MS);
  }

  /** Closes all connections (1001) and ports, and ends the speech thread. */
  async close(): Promise<void> {
    for (const connection of this.connections) connection.close(SHUTTING_DOWN);
    await Promise.all([...this.ports.splice(0).map((port) => port.close()), this.synthesizer.close()]);
  }

  private accept(
    socket: WebSocket,
    live: LiveRequest,
    about: { number: number; path: string; faults: FaultPlan },
  ): void {
    const { token, refusal } = this.checkCredential(live, about.faults);
    if (refusal) {
      this.stats.connectionsRefused++;
      socket.on('error', () => undefined);
      socket.close(refusal.code, refusal.reason);
      return;
    }
    this.stats.connectionsOpened++;
    const { options, stats, tokens, store, openSessions } = this;
    const connection = new SimulatorConnection({
      ...about,
      socket,
      version: live.version,
      token,
      options,
      stats,
      tokens,
      store,
      openSessions,
      voiceFor: (name) => this.voiceFor(name),
      onSetup: (each) => this.emit('setup', each),
      onMessage: (each, message) => this.emit('message', each, message),
      onClosed: (each) => {
        this.connections.delete(each);
        this.emit('closed', each);
      },
      onError: (error) => this.emit('failure', error),
    });
    this.connections.add(connection);
    this.emit('connection', connection);
  }

  /** A key or token that is not accepted is told by a close after the handshake, as by the real server. */
  private checkCredential(
    { credential }: LiveRequest,
    faults: FaultPlan,
  ): { token?: EphemeralToken; refusal?: CloseReason } {
    if (faults.refuseKey) return { refusal: faults.refuseKey === true ? INVALID_KEY : faults.refuseKey };
    if (credential.kind === 'token') {
      const token = this.tokens.find(credential.value);
      return token ? { token } : { refusal: INVALID_TOKEN };
    }
    if (credential.value === '') return { refusal: MISSING_KEY };
    return this.options.isValidKey(credential.value) ? {} : { refusal: INVALID_KEY };
  }

  private voiceFor(name: string | undefined): Voice {
    const { voice } = this.options;
    if (voice === 'tone' || (voice === 'by-name' && name === TONE_CODE_VOICE)) return new ToneVoice();
    return new FliteVoice(this.synthesizer, fliteVoiceName(name));
  }

  private refuseHandshake(socket: Duplex, status: number): void {
    this.stats.connectionsRefused++;
    socket.on('error', () => undefined);
    const retry = status === 404 ? '' : 'Retry-After: 1\r\n';
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

function withoutCredentials(url: string): string {
  return url.replaceAll(/([?&](?:key|access_token)=)[^&]*/g, '$1…');
}
