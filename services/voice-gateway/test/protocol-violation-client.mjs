// A client in a process of its own, so that it is still sending when the gateway closes: node protocol-violation-client.mjs URL BYTES TIMES
import { WebSocket } from 'ws';

const [, , url, bytes, times] = process.argv;
const codes = [];
for (let i = 0; i < Number(times); i++) {
  const socket = new WebSocket(url, 'orbisvoice.v1', { perMessageDeflate: false });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.on('error', () => undefined);
  socket.send('x'.repeat(Number(bytes)));
  codes.push(await new Promise((resolve) => socket.once('close', resolve)));
}
process.stdout.write(JSON.stringify(codes));
