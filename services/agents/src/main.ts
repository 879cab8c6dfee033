import { runService } from '@orbisvoice/service-kit/run-service';
import { agentsService } from './service.js';

await runService(agentsService, process.env);
