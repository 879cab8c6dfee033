/** The door of calls: one WebSocket, one call. The first message says which. */
import type { IncomingMessage } from 'node:http';
import { Inject } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { CallStart } from '@orbisvoice/client/protocol/messages';
import { AUDIO_HEADER_BYTES } from '@orbisvoice/client/protocol/audio-frame';
import { CALL_START_TIMEOUT_MS, CLOSE_CODES } from '@orbisvoice/client/protocol/constants';
import { DomainError, toDomainError, type ErrorKind } from '@orbisvoice/service-kit/errors';
import type { RawData, WebSocket } from 'ws';
import type { Call } from '../calls/call.js';
import { CallStarter } from '../calls/call-starter.js';
import type { Newcomer } from '../admission/newcomers.js';
import { Newcomers } from '../admission/newcomers.js';
import { NO_PLACE } from '../admission/admission.js';
import { GatewayEvents } from '../events.js';
import { AudioBudget } from './audio-budget.js';
import { ClientLiveness } from './client-liveness.js';
import { wantsToResume } from './call-socket.adapter.js';
import { parseClientMessage } from './client-messages.js';
import { ClientSocket } from './client-socket.js';
import { MessageBudgets, type Budget } from './message-budgets.js';

/** A client that closes like this does not mean to come back. */
const CLOSE_NORMAL = 1000;
/** The close reason of a client that follows call.move. */
const MOVING = 'moving';

/** For what it is told to get to it. */
const EVICTED_TIMEOUT_MS = 250;

export const STREAM_PATH = '/stream';
export const HEALTH_PATH = `${STREAM_PATH}/health`;

const CLOSE_CODE_BY_KIND: Record<ErrorKind, number> = {
  invalid_argument: CLOSE_CODES.badRequest,
  unauthenticated: CLOSE_CODES.unauthenticated,
  permission_denied: CLOSE_CODES.forbidden,
  not_found: CLOSE_CODES.notFound,
  conflict: CLOSE_CODES.conflict,
  failed_precondition: CLOSE_CODES.conflict,
  resource_exhausted: CLOSE_CODES.exhausted,
  cancelled: CLOSE_CODES.unavailable,
  deadline_exceeded: CLOSE_CODES.unavailable,
  unavailable: CLOSE_CODES.unavailable,
  internal: CLOSE_CODES.internal,
};

@WebSocketGateway({ path: STREAM_PATH })
export class StreamGateway implements OnGatewayConnection<WebSocket> {
  private readonly liveness = new ClientLiveness();

  constructor(
    @Inject(CallStarter) private readonly starter: CallStarter,
    @Inject(GatewayEvents) private readonly events: GatewayEvents,
    @Inject(Newcomers) private readonly newcomers: Newcomers,
  ) {
    events.watchUnsent(() => this.liveness.unsentBytes);
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.events.socketOpened();
    const { starter, events, liveness, newcomers } = this;
    const origin = request.headers.origin ?? '';
    new Connection(socket, { origin, starter, events, liveness }).listen((onEvicted) =>
      newcomers.enter(newcomers.networkOf(request), wantsToResume(request) ? 'resume' : 'new', onEvicted),
    );
  }
}

interface ConnectionContext {
  /** The Origin header, '' when there is none. */
  origin: string;
  starter: CallStarter;
  events: GatewayEvents;
  liveness: ClientLiveness;
}

/** A client's connection: waits for `call.start`, then hands everything to the call. */
class Connection {
  private readonly client: ClientSocket;
  private readonly startTimer: NodeJS.Timeout;
  private readonly budget = new AudioBudget(performance.now());
  private readonly budgets = new MessageBudgets(performance.now());
  private toldFast = false;
  private starting = false;
  private refused = false;
  private call: Call | undefined;
  private newcomer: Newcomer | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly context: ConnectionContext,
  ) {
    this.client = new ClientSocket(socket);
    this.startTimer = setTimeout(() => {
      const message = `The first message must be call.start and come within ${CALL_START_TIMEOUT_MS} ms.`;
      this.refuse(new DomainError('deadline_exceeded', message), 'timed_out');
    }, CALL_START_TIMEOUT_MS);
  }

  listen(enter: (onEvicted: () => void) => Newcomer): void {
    this.newcomer = enter(() => this.evicted());
    this.socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    this.context.liveness.watch(this.socket, this.client);
    for (const type of ['ping', 'pong'])
      this.socket.on(type, () => {
        if (!this.budgets.takePing(performance.now())) this.exceeded('ping');
      });
    this.socket.on('error', (error) => this.client.violated(error));
    this.socket.on('close', (code, reason) => this.closed(code, reason.toString()));
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.context.liveness.seen(this.socket);
    if (this.refused) return; // until its close is answered, a client may go on sending
    if (isBinary && this.call) return this.receiveAudio(data as Buffer, this.call);
    if (!isBinary && !this.budgets.takeMessage((data as Buffer).length, performance.now()))
      return this.exceeded('message');
    try {
      if (isBinary) {
        if (!this.starting) throw new DomainError('invalid_argument', 'The first message must be call.start.');
        return; // audio that came before call.started; the client keeps it until it is acknowledged
      }
      this.receiveText(data as Buffer);
    } catch (thrown) {
      const error = toDomainError(thrown);
      if (this.call) this.call.reportClientError(error.violations[0]?.field ?? 'message', error.message);
      else if (!this.starting) this.refuse(error);
    }
  }

  private receiveAudio(frame: Buffer, call: Call): void {
    if (this.budget.take(Math.max(0, frame.length - AUDIO_HEADER_BYTES), performance.now()))
      return call.receiveAudio(frame);
    this.context.events.frameDropped('up', 'too_fast');
    if (this.toldFast) return;
    this.toldFast = true;
    const message = 'You send audio much faster than real time: frames are being dropped.';
    this.client.send({ type: 'error', kind: 'resource_exhausted', message, field: 'audio', retryable: false });
  }

  /** Dropped, so that what a client sends costs others nothing. Who goes on all the same is not kept. */
  private exceeded(budget: Budget): void {
    if (this.refused) return;
    this.context.events.clientMessageRefused(budget);
    const { sentence, isLast } = this.budgets.exceeded(budget, performance.now());
    if (sentence === undefined) return;
    const error = new DomainError('resource_exhausted', sentence, {
      violations: [{ field: budget, message: sentence }],
      retryable: !isLast,
    });
    if (!isLast) return this.tell(error);
    if (!this.call) return this.refuse(error);
    this.refused = true;
    this.tell(error);
    this.client.close(CLOSE_CODES.exhausted, error.kind);
    this.call.end('client_ended', 'the client sent far too many messages');
  }

  private receiveText(data: Buffer): void {
    const message = parseClientMessage(data);
    if (message.type === 'playback.position' && !this.budgets.takePosition(performance.now()))
      return this.exceeded('position');
    if (this.call) return this.call.receive(message);
    if (this.starting) return;
    if (message.type !== 'call.start')
      throw new DomainError('invalid_argument', 'The first message must be call.start.');
    clearTimeout(this.startTimer);
    this.starting = true;
    this.start(message).catch((thrown: unknown) => this.refuse(toDomainError(thrown)));
  }

  private async start(start: CallStart): Promise<void> {
    if (!(await this.newcomer!.waitForTurn())) return;
    const { origin, starter } = this.context;
    const proved = () => this.newcomer!.proved();
    const call = await starter.start({ start, origin, client: this.client, proved });
    this.call = call;
    if (this.socket.readyState !== this.socket.OPEN) call.clientLost(this.client, 'lost');
  }

  /** Another one has its place. It is told, and not waited for. */
  private evicted(): void {
    this.refuse(new DomainError('unavailable', NO_PLACE), 'evicted');
    setTimeout(() => this.socket.terminate(), EVICTED_TIMEOUT_MS).unref();
  }

  /** `how`: it is not refused for what it sent. */
  private refuse(error: DomainError, how?: 'evicted' | 'timed_out'): void {
    clearTimeout(this.startTimer);
    if (this.refused) return;
    this.refused = true;
    this.newcomer?.failed();
    if (how) this.context.events.unstartedEnded(how);
    else this.context.events.callRefused(error.kind);
    this.tell(error);
    this.client.close(how === 'timed_out' ? CLOSE_CODES.startTimeout : CLOSE_CODE_BY_KIND[error.kind], error.kind);
  }

  private tell({ kind, message, violations, retryable }: DomainError): void {
    const field = violations[0]?.field;
    const named = field === undefined ? {} : { field: FIELD_NAMES[field] ?? field };
    this.client.send({ type: 'error', kind, message, ...named, retryable });
  }

  private closed(code: number, reason: string): void {
    clearTimeout(this.startTimer);
    this.newcomer?.gone();
    const { closedWith } = this.client;
    if (!this.starting && !this.refused) this.context.events.unstartedEnded('left');
    this.context.events.socketClosed(closedWith === undefined ? 'client' : 'gateway', closedWith ?? code);
    const how = code !== CLOSE_NORMAL ? 'lost' : reason === MOVING ? 'moving' : 'hung_up';
    this.call?.clientLost(this.client, how);
  }
}

/** What the contracts call a field, and what this protocol calls it. */
const FIELD_NAMES: Record<string, string> = { agent_id: 'agentId', id: 'agentId' };
