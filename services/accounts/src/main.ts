import { runService } from '@orbisvoice/service-kit/run-service';
import { accountsService } from './service.js';

await runService(accountsService, process.env);
