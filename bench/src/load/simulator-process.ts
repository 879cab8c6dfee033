/** The provider's stand-in, in a process of its own. Variables: TLS=true for TLS; LIFETIME_MS, ANNOUNCED_MS of connections. */
import { endOnSignal } from '@orbisvoice/service-kit/end-process';
import { createLog } from '@orbisvoice/service-kit/log';
import { createSimulator } from '@orbisvoice/simulator/create-simulator';
import { DEADLINE_EXPIRED } from '@orbisvoice/simulator/wire/close-reasons';

const STOP_MS = 5_000;

const simulator = createSimulator({
  maxConnections: 20_000,
  lifetime: {
    connectionMs: Number(process.env['LIFETIME_MS'] ?? 24 * 3_600_000),
    announcedMs: Number(process.env['ANNOUNCED_MS'] ?? 0),
    close: DEADLINE_EXPIRED,
  },
});
const { url, certificate } = await simulator.listen({
  host: '127.0.0.1',
  port: 0,
  ...(process.env['TLS'] === 'true' ? { tls: true as const } : {}),
});
process.stdout.write(`ready ${JSON.stringify({ url, certificate })}\n`);
const log = createLog({ service: 'simulator', level: 'error', destination: process.stderr });
endOnSignal({ stop: () => simulator.close(), withinMs: STOP_MS, log });
