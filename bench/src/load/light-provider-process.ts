/**
 * The lightest provider that a gateway can't tell from the simulator's echo: it answers each audio message with a canned one of the
 * same duration in which only the first samples are the caller's. Nothing is decoded and no JSON is made, because this process shares
 * the machine with the gateway that is measured. The simulator's own echo costs about as much as a gateway.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { acceptKey, FrameReader, OPCODE, PreparedFrame, sendFrame, unmasked } from './raw-websocket.js';

/** As far as the gateway's message is known: base64 begins behind it. */
const AUDIO_HEAD = '{"realtimeInput":{"audio":{"data":"';
const ANSWER_HEAD =
  '{"serverContent":{"modelTurn":{"role":"model","parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"';
const ANSWER_TAIL = '"}}]}}}';
/** 18 bytes of samples, which hold the caller's mark and time. */
const COPIED_CHARACTERS = 24;
const SETUP_COMPLETE = Buffer.from('{"setupComplete":{}}');
const TURN_COMPLETE = Buffer.from('{"serverContent":{"turnComplete":true}}');
/** A caller who has been silent for so long has been answered: a turn without an end would be taken for a frozen model. */
const TURN_ENDS_AFTER_MS = 2_000;

class Echo {
  private readonly reader = new FrameReader((opcode, payload, mask) => this.receive(opcode, payload, mask));
  private answer: PreparedFrame | undefined;
  private answeredBytes = 0;
  private started = false;
  private lastAudioAt = 0;

  private constructor(private readonly socket: Socket) {}

  static on(socket: Socket): void {
    const echo = new Echo(socket);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => echo.reader.push(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    echoes.add(echo);
    socket.once('close', () => echoes.delete(echo));
  }

  endTurnIfSilent(now: number): void {
    if (this.lastAudioAt === 0 || now - this.lastAudioAt < TURN_ENDS_AFTER_MS) return;
    this.lastAudioAt = 0;
    sendFrame(this.socket, OPCODE.binary, TURN_COMPLETE, false);
  }

  private receive(opcode: number, payload: Buffer, mask: Buffer | undefined): void {
    if (opcode === OPCODE.ping) return sendFrame(this.socket, OPCODE.pong, unmasked(payload, mask), false);
    if (opcode === OPCODE.close) {
      sendFrame(this.socket, OPCODE.close, unmasked(payload, mask), false);
      this.socket.end();
      return;
    }
    if (opcode === OPCODE.pong) return;
    if (this.started) return this.echo(payload, mask);
    this.started = true;
    sendFrame(this.socket, OPCODE.binary, SETUP_COMPLETE, false);
  }

  private echo(payload: Buffer, mask: Buffer | undefined): void {
    const head = unmasked(payload.subarray(0, AUDIO_HEAD.length + COPIED_CHARACTERS), mask);
    if (head.toString('latin1', 0, AUDIO_HEAD.length) !== AUDIO_HEAD) return;
    if (!this.answer || this.answeredBytes !== payload.length) {
      this.answeredBytes = payload.length;
      this.answer = cannedAnswer(unmasked(payload, mask));
    }
    this.answer.patch(head.subarray(AUDIO_HEAD.length), ANSWER_HEAD.length);
    this.answer.sendTo(this.socket);
    this.lastAudioAt = performance.now();
  }
}

const echoes = new Set<Echo>();
setInterval(() => {
  const now = performance.now();
  for (const echo of echoes) echo.endTurnIfSilent(now);
}, TURN_ENDS_AFTER_MS / 2);

/** 24 kHz audio as long as the 16 kHz audio of that message. */
function cannedAnswer(message: Buffer): PreparedFrame {
  const { realtimeInput } = JSON.parse(message.toString()) as { realtimeInput: { audio: { data: string } } };
  const bytes = Math.round((Buffer.byteLength(realtimeInput.audio.data, 'base64') * 3) / 4) * 2;
  const data = Buffer.alloc(bytes).toString('base64');
  return new PreparedFrame(OPCODE.binary, Buffer.from(ANSWER_HEAD + data + ANSWER_TAIL), false);
}

const server = createServer();
server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
  const accept = acceptKey(request.headers['sec-websocket-key'] ?? '');
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
  Echo.on(socket);
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 2_000 });
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
process.stdout.write(`ready ${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
process.once('SIGTERM', () => process.exit(0));
