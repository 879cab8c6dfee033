import { runService } from '@orbisvoice/service-kit/run-service';
import { simulatorService } from './service.js';

await runService(simulatorService, process.env);
