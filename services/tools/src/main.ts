import { runService } from '@orbisvoice/service-kit/run-service';
import { toolsService } from './service.js';

await runService(toolsService, process.env);
