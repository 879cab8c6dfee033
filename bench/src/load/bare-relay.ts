/**
 * The yardstick: the least a program must do to put a browser through to Gemini Live. It decodes and encodes the same JSON and
 * base64 as the gateway and does nothing else: no checks, no turns, no transcripts, no metrics.
 * Variables: PROVIDER_URL, MODEL.
 */
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const HEADER_BYTES = 12;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });

server.on('connection', (client) => {
  const provider = new WebSocket(process.env['PROVIDER_URL']!, { perMessageDeflate: false });
  let sequence = 0;
  let open = false;
  provider.on('open', () => provider.send(JSON.stringify({ setup: { model: `models/${process.env['MODEL']}` } })));
  provider.on('message', (data) => {
    const message = JSON.parse(data.toString()) as {
      setupComplete?: object;
      serverContent?: { modelTurn?: { parts?: { inlineData?: { data: string } }[] } };
    };
    if (message.setupComplete) {
      open = true;
      client.send(JSON.stringify({ type: 'call.started' }));
    }
    for (const part of message.serverContent?.modelTurn?.parts ?? []) {
      if (!part.inlineData) continue;
      const samples = Buffer.from(part.inlineData.data, 'base64');
      const frame = Buffer.allocUnsafe(HEADER_BYTES + samples.length);
      frame.fill(0, 0, HEADER_BYTES);
      frame.writeUInt32LE(sequence++, 4);
      samples.copy(frame, HEADER_BYTES);
      client.send(frame);
    }
  });
  client.on('message', (data, isBinary) => {
    if (!isBinary || !open) return;
    const base64 = (data as Buffer).subarray(HEADER_BYTES).toString('base64');
    provider.send(JSON.stringify({ realtimeInput: { audio: { data: base64, mimeType: 'audio/pcm;rate=16000' } } }));
  });
  client.on('close', () => provider.close());
  provider.on('close', () => client.close());
  provider.on('error', () => client.terminate());
});

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`ready ${JSON.stringify({ url: `ws://127.0.0.1:${port}/` })}\n`);
});
process.on('SIGTERM', () => process.exit(0));
