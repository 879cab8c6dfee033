/** A gateway in a process of its own, configured by its own variables. */
import { createLog } from '@orbisvoice/service-kit/log';
import { startService } from '@orbisvoice/service-kit/service';
import { voiceGatewayService } from '@orbisvoice/voice-gateway/service';

const log = createLog({
  service: 'voice-gateway',
  level: process.env['LOG_LEVEL'] ?? 'error',
  destination: process.stderr,
});
const service = await startService(voiceGatewayService, { environment: process.env, log });
process.stdout.write(`ready ${JSON.stringify({ url: `ws://127.0.0.1:${service.httpPort}/stream` })}\n`);
process.once('SIGTERM', () => {
  void service.stop().then(() => process.exit(0));
});
