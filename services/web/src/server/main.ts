import { runService } from '@orbisvoice/service-kit/run-service';
import { webService } from './service.js';

await runService(webService, process.env);
