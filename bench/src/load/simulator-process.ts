/** The provider's stand-in, in a process of its own. Variables: TLS=true for TLS. */
import { createSimulator } from '@orbisvoice/simulator/create-simulator';

const simulator = createSimulator({
  maxConnections: 20_000,
  lifetime: { connectionMs: 24 * 3_600_000, announcedMs: 0, close: { code: 1000, reason: '' } },
});
const { url } = await simulator.listen({
  host: '127.0.0.1',
  port: 0,
  ...(process.env['TLS'] === 'true' ? { tls: true as const } : {}),
});
process.stdout.write(`ready ${JSON.stringify({ url })}\n`);
process.once('SIGTERM', () => {
  void simulator.close().then(() => process.exit(0));
});
