import { runService } from '@orbisvoice/service-kit/run-service';
import { voiceGatewayService } from './service.js';

await runService(voiceGatewayService, process.env);
