import { runService } from '@orbisvoice/service-kit/run-service';
import { transcriptsService } from './service.js';

await runService(transcriptsService, process.env);
